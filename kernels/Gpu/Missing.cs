namespace SspNative.Kernels.Gpu;

internal sealed partial class GpuKernels
{
    public void Conv2d(in Conv2dCall call) => throw new NotSupportedException("Conv2d");

    public void Conv2dBackwardInput(in Conv2dBackwardInputCall call) => throw new NotSupportedException("Conv2dBackwardInput");

    public void Conv2dBackwardWeight(in Conv2dBackwardWeightCall call) => throw new NotSupportedException("Conv2dBackwardWeight");
}
