namespace SspNative.Kernels.Cpu;

internal sealed unsafe partial class CpuKernels<TSimd, TVec>
{
    public void DeformableAttentionBackward(
        DeformableAttentionShape shape, DeviceBuffer value, DeviceBuffer locations, DeviceBuffer weights, DeviceBuffer dy,
        DeviceBuffer dValue, DeviceBuffer dLocations, DeviceBuffer dWeights) =>
        throw new NotImplementedException();
}
