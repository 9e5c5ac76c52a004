namespace SspNative.Kernels.Cpu;

/// <summary>
/// Every kernel on the CPU, written once and compiled per instruction set; one partial file a call, named after it, with its
/// backward pass beside it or in a file of its own.
/// </summary>
internal sealed unsafe partial class CpuKernels<TSimd, TVec> : IKernels
    where TSimd : struct, ISimd<TVec>
    where TVec : struct
{
    private readonly bool _winograd;

    /// <param name="convolution">How 3×3 convolutions are computed.</param>
    public CpuKernels(CpuConvolution convolution) => _winograd = convolution == CpuConvolution.Winograd;

    private static int Width => TSimd.Width;

    private static float* Floats(DeviceBuffer buffer) => CpuBuffer.Floats(buffer);
}
