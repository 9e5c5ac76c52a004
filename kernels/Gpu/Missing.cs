namespace SspNative.Kernels.Gpu;

internal sealed partial class GpuKernels
{
    public void DeformableAttention(in DeformableAttentionCall call) => throw new NotSupportedException("DeformableAttention");

    public void DeformableAttentionBackward(in DeformableAttentionBackwardCall call) => throw new NotSupportedException("DeformableAttentionBackward");

    public void Conv2d(in Conv2dCall call) => throw new NotSupportedException("Conv2d");

    public void Conv2dBackwardInput(in Conv2dBackwardInputCall call) => throw new NotSupportedException("Conv2dBackwardInput");

    public void Conv2dBackwardWeight(in Conv2dBackwardWeightCall call) => throw new NotSupportedException("Conv2dBackwardWeight");

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

    public void Gemm(in GemmCall call) => throw new NotSupportedException("Gemm");

    public void GemmBatched(in GemmBatchedCall call) => throw new NotSupportedException("GemmBatched");

    public void Embedding(in EmbeddingCall call) => throw new NotSupportedException("Embedding");

    public void EmbeddingBackward(in EmbeddingBackwardCall call) => throw new NotSupportedException("EmbeddingBackward");

    public void Gather(in GatherCall call) => throw new NotSupportedException("Gather");

    public void GatherBackward(in GatherBackwardCall call) => throw new NotSupportedException("GatherBackward");

}
