using System.Runtime.CompilerServices;

namespace SspNative.Kernels.Cpu;

internal sealed unsafe partial class CpuKernels<TSimd, TVec>
{
    /// <summary>Queries whose sampling plan is made at once; it stays in the first-level cache.</summary>
    private const int DeformableBlock = 16;

    /// <summary>Queries of one parallel item.</summary>
    private const int DeformableRangeQueries = 128;

    public void DeformableAttention(in DeformableAttentionCall call)
    {
        DeformableAttentionShape shape = call.Shape;
        float* pv = Floats(call.Value), pl = Floats(call.Locations), pw = Floats(call.Weights), py = Floats(call.Y);
        int tokens = shape.S, groups = shape.B * shape.Heads;
        int dim = PadDim(shape.Dim);
        using Scratch scratch = Scratch.Open();
        // A head's values side by side: samples then fall into one slab of the second-level cache, rows being whole vectors.
        float* slabs = scratch.Floats((long)groups * tokens * dim);
        CpuThreads.For(groups, group => CopyHead(shape, pv, group, slabs + (nint)group * tokens * dim));
        int ranges = (shape.Q + DeformableRangeQueries - 1) / DeformableRangeQueries;
        CpuThreads.For(shape.B * ranges, item =>
        {
            int b = item / ranges, first = item % ranges * DeformableRangeQueries;
            DeformableRange(
                shape, b, slabs + (nint)b * shape.Heads * tokens * dim, pl, pw, py,
                first, Math.Min(shape.Q, first + DeformableRangeQueries));
        });
    }

    private static int PadDim(int dim) => (dim + TSimd.Width - 1) / TSimd.Width * TSimd.Width;

    // One head's values as rows of whole vectors, zero-padded.
    private static void CopyHead(DeformableAttentionShape shape, float* value, int group, float* slab)
    {
        int dim = shape.Dim, padded = PadDim(dim), tokens = shape.S, heads = shape.Heads;
        float* source = value + (nint)(group / heads) * tokens * heads * dim + group % heads * dim;
        for (nint i = 0; i < tokens; i++)
        {
            float* row = slab + i * padded;
            new ReadOnlySpan<float>(source + i * heads * dim, dim).CopyTo(new Span<float>(row, dim));
            new Span<float>(row + dim, padded - dim).Clear();
        }
    }

    // Some queries, all heads in turn: what is read and written besides values then lies side by side.
    private static void DeformableRange(
        DeformableAttentionShape shape, int b, float* slabs, float* locations, float* weights, float* y, int first, int end)
    {
        int dim = shape.Dim, padded = PadDim(dim), perQuery = shape.Levels.Count * shape.Points;
        nint slab = (nint)shape.S * padded;
        using Scratch scratch = Scratch.Open();
        var plan = new SamplingPlan<TSimd, TVec>(shape, DeformableBlock, scratch);
        float* sum = scratch.Floats(padded);
        for (int q = first; q < end; q += DeformableBlock)
        {
            int count = Math.Min(DeformableBlock, end - q);
            for (int head = 0; head < shape.Heads; head++)
            {
                plan.Build(locations, weights, b, head, q, count);
                for (int i = 0; i < count; i++)
                {
                    nint at = (nint)i * perQuery;
                    SumSamples(perQuery, plan.Padded, plan.Token + at, plan.Corner + at, slabs + head * slab, padded, sum);
                    AttentionTile<TSimd, TVec>.CopyRow(sum, y + (((nint)b * shape.Q + q + i) * shape.Heads + head) * dim, dim);
                }
            }
        }
    }

    // sum = Σ over samples and corners of weight · value row, two vectors of channels at a time.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void SumSamples(nint samples, nint padded, float* token, float* corner, float* slab, nint dim, float* sum)
    {
        nint w = TSimd.Width, d = 0;
        for (; d + 2 * w <= dim; d += 2 * w)
        {
            TVec a0 = TSimd.Zero, a1 = TSimd.Zero, b0 = TSimd.Zero, b1 = TSimd.Zero;
            float* channels = slab + d;
            for (nint i = 0; i < samples; i++)
            {
                float* t = token + i, c = corner + i;
                float* row = channels + (nint)t[0] * dim;
                TVec f = TSimd.Broadcast(c[0]);
                a0 = TSimd.Fma(f, TSimd.Load(row), a0);
                a1 = TSimd.Fma(f, TSimd.Load(row + w), a1);
                row = channels + (nint)t[padded] * dim;
                f = TSimd.Broadcast(c[padded]);
                b0 = TSimd.Fma(f, TSimd.Load(row), b0);
                b1 = TSimd.Fma(f, TSimd.Load(row + w), b1);
                row = channels + (nint)t[2 * padded] * dim;
                f = TSimd.Broadcast(c[2 * padded]);
                a0 = TSimd.Fma(f, TSimd.Load(row), a0);
                a1 = TSimd.Fma(f, TSimd.Load(row + w), a1);
                row = channels + (nint)t[3 * padded] * dim;
                f = TSimd.Broadcast(c[3 * padded]);
                b0 = TSimd.Fma(f, TSimd.Load(row), b0);
                b1 = TSimd.Fma(f, TSimd.Load(row + w), b1);
            }
            TSimd.Store(sum + d, TSimd.Add(a0, b0));
            TSimd.Store(sum + d + w, TSimd.Add(a1, b1));
        }
        for (; d < dim; d += w)
        {
            TVec a = TSimd.Zero, b = TSimd.Zero;
            float* channels = slab + d;
            for (nint i = 0; i < samples; i++)
            {
                float* t = token + i, c = corner + i;
                a = TSimd.Fma(TSimd.Broadcast(c[0]), TSimd.Load(channels + (nint)t[0] * dim), a);
                b = TSimd.Fma(TSimd.Broadcast(c[padded]), TSimd.Load(channels + (nint)t[padded] * dim), b);
                a = TSimd.Fma(TSimd.Broadcast(c[2 * padded]), TSimd.Load(channels + (nint)t[2 * padded] * dim), a);
                b = TSimd.Fma(TSimd.Broadcast(c[3 * padded]), TSimd.Load(channels + (nint)t[3 * padded] * dim), b);
            }
            TSimd.Store(sum + d, TSimd.Add(a, b));
        }
    }
}
