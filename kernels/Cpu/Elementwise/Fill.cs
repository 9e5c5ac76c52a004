namespace SspNative.Kernels.Cpu;

internal sealed unsafe partial class CpuKernels<TSimd, TVec>
{
    public void Fill(in FillCall call)
    {
        (float value, long count) = (call.Value, call.Count);
        float* px = Floats(call.X);
        CpuThreads.Ranges(count, ElementGrain, (start, end) => new Span<float>(px + start, (int)(end - start)).Fill(value));
    }

    /// <summary>Zeros <paramref name="count"/> floats on all threads.</summary>
    private static void Clear(float* x, long count) =>
        CpuThreads.Ranges(count, ElementGrain, (start, end) => new Span<float>(x + start, (int)(end - start)).Clear());
}
