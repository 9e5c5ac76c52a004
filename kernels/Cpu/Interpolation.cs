namespace SspNative.Kernels.Cpu;

internal sealed unsafe partial class CpuKernels<TSimd, TVec>
{
    public void InterpolateBilinear(in ResampleShape shape, DeviceBuffer x, DeviceBuffer? lateral, DeviceBuffer y) =>
        throw new NotImplementedException();

    public void InterpolateBilinearBackward(in ResampleShape shape, DeviceBuffer dy, DeviceBuffer dx) =>
        throw new NotImplementedException();

    public void InterpolateNearest(in ResampleShape shape, DeviceBuffer x, DeviceBuffer y) =>
        throw new NotImplementedException();

    public void InterpolateNearestBackward(in ResampleShape shape, DeviceBuffer dy, DeviceBuffer dx) =>
        throw new NotImplementedException();
}
