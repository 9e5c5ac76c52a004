namespace SspNative.Kernels.Cpu;

internal sealed unsafe partial class CpuKernels<TSimd, TVec>
{
    public void MaxPool2d(in PoolShape shape, DeviceBuffer x, DeviceBuffer y, DeviceBuffer indices) =>
        throw new NotImplementedException();

    public void MaxPool2dBackward(in PoolShape shape, DeviceBuffer dy, DeviceBuffer indices, DeviceBuffer dx) =>
        throw new NotImplementedException();

    public void AvgPool2d(in PoolShape shape, DeviceBuffer x, DeviceBuffer y) =>
        throw new NotImplementedException();

    public void AvgPool2dBackward(in PoolShape shape, DeviceBuffer dy, DeviceBuffer dx) =>
        throw new NotImplementedException();
}
