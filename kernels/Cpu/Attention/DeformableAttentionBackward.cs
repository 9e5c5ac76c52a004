using System.Runtime.CompilerServices;

namespace SspNative.Kernels.Cpu;

internal sealed unsafe partial class CpuKernels<TSimd, TVec>
{
    public void DeformableAttentionBackward(in DeformableAttentionBackwardCall call)
    {
        DeformableAttentionShape shape = call.Shape;
        float* pv = Floats(call.Value), pl = Floats(call.Locations), pw = Floats(call.Weights), pdy = Floats(call.Dy);
        float* pdv = Floats(call.DValue), pdl = Floats(call.DLocations), pdw = Floats(call.DWeights);
        // A head of a batch item owns its values' gradients, so their sums need no atomics and keep their order.
        CpuThreads.For(shape.B * shape.Heads, group => DeformableGroupBackward(shape, group, pv, pl, pw, pdy, pdv, pdl, pdw));
    }

    private static void DeformableGroupBackward(
        DeformableAttentionShape shape, int group, float* value, float* locations, float* weights, float* dy, float* dValue,
        float* dLocations, float* dWeights)
    {
        int b = group / shape.Heads, head = group % shape.Heads, dim = shape.Dim, padded = PadDim(dim), tokens = shape.S;
        int perQuery = shape.Levels.Count * shape.Points;
        using Scratch scratch = Scratch.Open();
        float* slab = scratch.Floats((long)tokens * padded);
        float* dSlab = scratch.Floats((long)tokens * padded);
        var plan = new SamplingPlan<TSimd, TVec>(shape, DeformableBlock, scratch);
        float* dots = scratch.Floats(4L * plan.Padded);
        float* gradient = scratch.Floats(padded);
        CopyHead(shape, value, group, slab);
        new Span<float>(dSlab, tokens * padded).Clear();
        new Span<float>(dots, 4 * plan.Padded).Clear();
        new Span<float>(gradient, padded).Clear();

        for (int first = 0; first < shape.Q; first += DeformableBlock)
        {
            int count = Math.Min(DeformableBlock, shape.Q - first);
            plan.Build(locations, weights, b, head, first, count);
            for (int q = 0; q < count; q++)
            {
                float* source = dy + (((nint)b * shape.Q + first + q) * shape.Heads + head) * dim;
                AttentionTile<TSimd, TVec>.CopyRow(source, gradient, dim);
                nint at = (nint)q * perQuery;
                SpreadSamples(perQuery, plan.Padded, plan.Token + at, plan.Corner + at, slab, dSlab, gradient, padded, dots + at);
            }
            plan.Differentiate(dots, b, head, first, count, dLocations, dWeights);
        }
        nint stride = (nint)shape.Heads * dim;
        AttentionTile<TSimd, TVec>.CopyRows(dSlab, padded, dValue + (nint)b * tokens * stride + head * dim, stride, tokens, dim);
    }

    // For each sample and corner: dot = value row · gradient, and the row's own gradient += weight · gradient.
    private static void SpreadSamples(
        nint samples, nint padded, float* token, float* corner, float* slab, float* dSlab, float* gradient, nint dim, float* dots)
    {
        nint d = 0;
        for (; d + 2 * TSimd.Width <= dim; d += 2 * TSimd.Width)
            SpreadTwoVectors(samples, padded, token, corner, slab + d, dSlab + d, gradient + d, dim, dots, d > 0);
        if (d < dim)
            SpreadVector(samples, padded, token, corner, slab + d, dSlab + d, gradient + d, dim, dots, d > 0);
    }

    // Corners one after the other: at the edge two may be the same token.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void SpreadTwoVectors(
        nint samples, nint padded, float* token, float* corner, float* slab, float* dSlab, float* gradient, nint dim, float* dots,
        bool accumulate)
    {
        nint w = TSimd.Width;
        TVec g0 = TSimd.Load(gradient), g1 = TSimd.Load(gradient + w);
        for (nint i = 0; i < samples; i++)
        {
            for (nint j = i; j < 4 * padded; j += padded)
            {
                nint row = (nint)token[j] * dim;
                float* v = slab + row, dv = dSlab + row;
                TVec f = TSimd.Broadcast(corner[j]);
                float dot = TSimd.Sum(TSimd.Fma(TSimd.Load(v), g0, TSimd.Mul(TSimd.Load(v + w), g1)));
                dots[j] = accumulate ? dots[j] + dot : dot;
                TSimd.Store(dv, TSimd.Fma(f, g0, TSimd.Load(dv)));
                TSimd.Store(dv + w, TSimd.Fma(f, g1, TSimd.Load(dv + w)));
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void SpreadVector(
        nint samples, nint padded, float* token, float* corner, float* slab, float* dSlab, float* gradient, nint dim, float* dots,
        bool accumulate)
    {
        TVec g = TSimd.Load(gradient);
        for (nint i = 0; i < samples; i++)
        {
            for (nint j = i; j < 4 * padded; j += padded)
            {
                nint row = (nint)token[j] * dim;
                float dot = TSimd.Sum(TSimd.Mul(TSimd.Load(slab + row), g));
                dots[j] = accumulate ? dots[j] + dot : dot;
                TSimd.Store(dSlab + row, TSimd.Fma(TSimd.Broadcast(corner[j]), g, TSimd.Load(dSlab + row)));
            }
        }
    }
}
