namespace SspNative.Kernels.Cpu;

/// <summary>
/// Every kernel on the CPU, written once and compiled per instruction set; one partial file a call, named after it, with its
/// backward pass beside it or in a file of its own.
/// </summary>
internal sealed unsafe partial class CpuKernels<TSimd, TVec> : IKernels
    where TSimd : struct, ISimd<TVec>
    where TVec : struct
{
    /// <summary>Elements below which a bandwidth-bound kernel stays on one thread.</summary>
    private const long ElementGrain = 16384;

    private readonly bool _winograd;

    /// <param name="convolution">How 3×3 convolutions are computed.</param>
    public CpuKernels(CpuConvolution convolution) => _winograd = convolution == CpuConvolution.Winograd;

    private static int Width => TSimd.Width;

    private static float* Floats(DeviceBuffer buffer) => CpuBuffer.Floats(buffer);
}
