namespace SspNative.Kernels.Cpu;

internal sealed unsafe partial class CpuKernels<TSimd, TVec>
{
    public void Conv2d(in ConvShape shape, DeviceBuffer x, DeviceBuffer weight, DeviceBuffer? bias, DeviceBuffer y, Activation activation) =>
        throw new NotImplementedException();

    public void Conv2dBackwardInput(in ConvShape shape, DeviceBuffer dy, DeviceBuffer weight, DeviceBuffer dx) =>
        throw new NotImplementedException();

    public void Conv2dBackwardWeight(in ConvShape shape, DeviceBuffer x, DeviceBuffer dy, DeviceBuffer dWeight) =>
        throw new NotImplementedException();
}
