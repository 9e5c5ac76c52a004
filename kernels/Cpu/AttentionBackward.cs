namespace SspNative.Kernels.Cpu;

internal sealed unsafe partial class CpuKernels<TSimd, TVec>
{
    public void AttentionBackward(
        in AttentionShape shape, DeviceBuffer q, DeviceBuffer k, DeviceBuffer v, AttentionMask maskKind, DeviceBuffer? mask,
        DeviceBuffer y, DeviceBuffer logSumExp, DeviceBuffer dy, DeviceBuffer dq, DeviceBuffer dk, DeviceBuffer dv) =>
        throw new NotImplementedException();
}
