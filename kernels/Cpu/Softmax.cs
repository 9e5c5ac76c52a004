namespace SspNative.Kernels.Cpu;

internal sealed unsafe partial class CpuKernels<TSimd, TVec>
{
    public void Softmax(DeviceBuffer x, DeviceBuffer y, long rows, int columns, bool logarithm) =>
        throw new NotImplementedException();

    public void SoftmaxBackward(DeviceBuffer y, DeviceBuffer dy, DeviceBuffer dx, long rows, int columns, bool logarithm) =>
        throw new NotImplementedException();
}
