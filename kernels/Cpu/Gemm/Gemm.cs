namespace SspNative.Kernels.Cpu;

internal sealed unsafe partial class CpuKernels<TSimd, TVec>
{
    public void Gemm(in GemmArguments arguments) =>
        throw new NotImplementedException();

    public void GemmBatched(in GemmArguments arguments, ReadOnlySpan<long> aOffsets, ReadOnlySpan<long> bOffsets, ReadOnlySpan<long> cOffsets) =>
        throw new NotImplementedException();
}
