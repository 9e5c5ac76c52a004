using SspNative.Kernels;
using SspNative.Kernels.Cpu;

namespace SspNative.Tests.Examples.SwiGlu.Cpu;

/// <summary>What the example's kernels have of the product's class, whose other parts are in another assembly.</summary>
internal sealed unsafe partial class CpuKernels<TSimd, TVec> : IKernels
    where TSimd : struct, ISimd<TVec>
    where TVec : struct
{
    private const long ElementGrain = 16384;

    private static float* Floats(DeviceBuffer buffer) => CpuBuffer.Floats(buffer);
}
