namespace SspNative.Kernels.Gpu;

internal sealed partial class GpuKernels
{
    public void Attention(in AttentionCall call) => throw new NotSupportedException("Attention");

    public void AttentionBackward(in AttentionBackwardCall call) => throw new NotSupportedException("AttentionBackward");

    public void GridAttention(in GridAttentionCall call) => throw new NotSupportedException("GridAttention");

    public void GridQueryAttention(in GridQueryAttentionCall call) => throw new NotSupportedException("GridQueryAttention");

    public void WindowAttention(in WindowAttentionCall call) => throw new NotSupportedException("WindowAttention");

    public void WindowAttentionBackward(in WindowAttentionBackwardCall call) => throw new NotSupportedException("WindowAttentionBackward");

    public void Conv2d(in Conv2dCall call) => throw new NotSupportedException("Conv2d");

    public void Conv2dBackwardInput(in Conv2dBackwardInputCall call) => throw new NotSupportedException("Conv2dBackwardInput");

    public void Conv2dBackwardWeight(in Conv2dBackwardWeightCall call) => throw new NotSupportedException("Conv2dBackwardWeight");

    public void Gemm(in GemmCall call) => throw new NotSupportedException("Gemm");

    public void GemmBatched(in GemmBatchedCall call) => throw new NotSupportedException("GemmBatched");

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
