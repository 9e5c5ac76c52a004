namespace SspNative.Kernels.Gpu;

internal sealed partial class GpuKernels
{
    public void Attention(in AttentionCall call) => throw new NotSupportedException("Attention");

    public void AttentionBackward(in AttentionBackwardCall call) => throw new NotSupportedException("AttentionBackward");

    public void DeformableAttention(in DeformableAttentionCall call) => throw new NotSupportedException("DeformableAttention");

    public void DeformableAttentionBackward(in DeformableAttentionBackwardCall call) => throw new NotSupportedException("DeformableAttentionBackward");

    public void GridAttention(in GridAttentionCall call) => throw new NotSupportedException("GridAttention");

    public void GridQueryAttention(in GridQueryAttentionCall call) => throw new NotSupportedException("GridQueryAttention");

    public void WindowAttention(in WindowAttentionCall call) => throw new NotSupportedException("WindowAttention");

    public void WindowAttentionBackward(in WindowAttentionBackwardCall call) => throw new NotSupportedException("WindowAttentionBackward");

    public void AvgPool2d(in AvgPool2dCall call) => throw new NotSupportedException("AvgPool2d");

    public void AvgPool2dBackward(in AvgPool2dBackwardCall call) => throw new NotSupportedException("AvgPool2dBackward");

    public void GridSample(in GridSampleCall call) => throw new NotSupportedException("GridSample");

    public void GridSampleBackward(in GridSampleBackwardCall call) => throw new NotSupportedException("GridSampleBackward");

    public void InterpolateBilinear(in InterpolateBilinearCall call) => throw new NotSupportedException("InterpolateBilinear");

    public void InterpolateBilinearBackward(in InterpolateBilinearBackwardCall call) => throw new NotSupportedException("InterpolateBilinearBackward");

    public void InterpolateNearest(in InterpolateNearestCall call) => throw new NotSupportedException("InterpolateNearest");

    public void InterpolateNearestBackward(in InterpolateNearestBackwardCall call) => throw new NotSupportedException("InterpolateNearestBackward");

    public void MaxPool2d(in MaxPool2dCall call) => throw new NotSupportedException("MaxPool2d");

    public void MaxPool2dBackward(in MaxPool2dBackwardCall call) => throw new NotSupportedException("MaxPool2dBackward");

    public void Embedding(in EmbeddingCall call) => throw new NotSupportedException("Embedding");

    public void EmbeddingBackward(in EmbeddingBackwardCall call) => throw new NotSupportedException("EmbeddingBackward");

    public void Gather(in GatherCall call) => throw new NotSupportedException("Gather");

    public void GatherBackward(in GatherBackwardCall call) => throw new NotSupportedException("GatherBackward");

    public void GroupNorm(in GroupNormCall call) => throw new NotSupportedException("GroupNorm");

    public void GroupNormBackward(in GroupNormBackwardCall call) => throw new NotSupportedException("GroupNormBackward");

    public void LayerNorm(in LayerNormCall call) => throw new NotSupportedException("LayerNorm");

    public void LayerNormBackward(in LayerNormBackwardCall call) => throw new NotSupportedException("LayerNormBackward");

    public void AdamW(in AdamWCall call) => throw new NotSupportedException("AdamW");

    public void Max(in MaxCall call) => throw new NotSupportedException("Max");

    public void MaxBackward(in MaxBackwardCall call) => throw new NotSupportedException("MaxBackward");

    public void NonFinite(in NonFiniteCall call) => throw new NotSupportedException("NonFinite");

    public void Softmax(in SoftmaxCall call) => throw new NotSupportedException("Softmax");

    public void SoftmaxBackward(in SoftmaxBackwardCall call) => throw new NotSupportedException("SoftmaxBackward");

    public void Sum(in SumCall call) => throw new NotSupportedException("Sum");

    public void SumOfSquares(in SumOfSquaresCall call) => throw new NotSupportedException("SumOfSquares");

}
