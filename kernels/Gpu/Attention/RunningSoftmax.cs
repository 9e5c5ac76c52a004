using ILGPU;

namespace SspNative.Kernels.Gpu;

/// <summary>The softmax of four queries over the keys so far, 32 of them at a time, of which each of eight threads has four.</summary>
internal struct RunningSoftmax<TReduce>
    where TReduce : struct, IEightThreads
{
    /// <summary>The largest score so far.</summary>
    public F4 Max;

    /// <summary>The sum of the weights exp(score − Max) so far.</summary>
    public F4 Sum;

    /// <summary>The factor that brings sums under the maximum before to this one.</summary>
    public F4 Shrink;

    /// <summary>The weights of the keys of this tile.</summary>
    public ScoreColumns Weights;

    public static RunningSoftmax<TReduce> Start => new() { Max = F4.Broadcast(AttentionKernel.Lowest) };

    /// <summary>The softmax with one more tile of scores.</summary>
    public static RunningSoftmax<TReduce> Of(ScoreColumns scores, RunningSoftmax<TReduce> before, ArrayView<F4> scratch)
    {
        RunningSoftmax<TReduce> next = default;
        next.Max = F4.Max(before.Max, TReduce.Max(F4.Max(F4.Max(scores.C0, scores.C1), F4.Max(scores.C2, scores.C3)), scratch));
        next.Shrink = AttentionKernel.Exp(before.Max, next.Max);
        next.Weights.C0 = AttentionKernel.Exp(scores.C0, next.Max);
        next.Weights.C1 = AttentionKernel.Exp(scores.C1, next.Max);
        next.Weights.C2 = AttentionKernel.Exp(scores.C2, next.Max);
        next.Weights.C3 = AttentionKernel.Exp(scores.C3, next.Max);
        next.Sum = F4.Fma(before.Sum, next.Shrink, TReduce.Sum(ScoreColumns.Sum(next.Weights), scratch));
        return next;
    }
}
