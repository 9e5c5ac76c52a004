namespace SspNative.Kernels.Cpu;

internal sealed unsafe partial class CpuKernels<TSimd, TVec>
{
    public void LayerNorm(
        DeviceBuffer x, DeviceBuffer weight, DeviceBuffer bias, DeviceBuffer y, DeviceBuffer? mean, DeviceBuffer? rstd,
        long rows, int channels, float epsilon) =>
        throw new NotImplementedException();

    public void LayerNormBackward(
        DeviceBuffer x, DeviceBuffer weight, DeviceBuffer mean, DeviceBuffer rstd, DeviceBuffer dy,
        DeviceBuffer dx, DeviceBuffer dWeight, DeviceBuffer dBias, long rows, int channels) =>
        throw new NotImplementedException();

    public void GroupNorm(
        DeviceBuffer x, DeviceBuffer weight, DeviceBuffer bias, DeviceBuffer y, DeviceBuffer mean, DeviceBuffer rstd,
        int batch, long positions, int channels, int groups, float epsilon) =>
        throw new NotImplementedException();

    public void GroupNormBackward(
        DeviceBuffer x, DeviceBuffer weight, DeviceBuffer mean, DeviceBuffer rstd, DeviceBuffer dy,
        DeviceBuffer dx, DeviceBuffer dWeight, DeviceBuffer dBias, int batch, long positions, int channels, int groups) =>
        throw new NotImplementedException();
}
