namespace SspNative.Kernels.Cpu;

internal sealed unsafe partial class CpuKernels<TSimd, TVec>
{
    public void CopyStrided(
        DeviceBuffer source, long sourceOffset, ReadOnlySpan<long> sourceStrides,
        DeviceBuffer destination, long destinationOffset, ReadOnlySpan<long> destinationStrides,
        ReadOnlySpan<int> dims, int elementSize) =>
        throw new NotImplementedException();
}
