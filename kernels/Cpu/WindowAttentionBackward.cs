namespace SspNative.Kernels.Cpu;

internal sealed unsafe partial class CpuKernels<TSimd, TVec>
{
    public void WindowAttentionBackward(
        in WindowAttentionShape shape, DeviceBuffer qkv, DeviceBuffer biasTable, DeviceBuffer y, DeviceBuffer logSumExp,
        DeviceBuffer dy, DeviceBuffer dqkv, DeviceBuffer dBiasTable) =>
        throw new NotImplementedException();
}
