namespace SspNative.Kernels.Cpu;

internal sealed unsafe partial class CpuKernels<TSimd, TVec>
{
    public void DeformableAttention(
        DeformableAttentionShape shape, DeviceBuffer value, DeviceBuffer locations, DeviceBuffer weights, DeviceBuffer y) =>
        throw new NotImplementedException();

    public void DeformableAttentionBackward(
        DeformableAttentionShape shape, DeviceBuffer value, DeviceBuffer locations, DeviceBuffer weights, DeviceBuffer dy,
        DeviceBuffer dValue, DeviceBuffer dLocations, DeviceBuffer dWeights) =>
        throw new NotImplementedException();
}
