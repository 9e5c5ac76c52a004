namespace SspNative.Kernels.Cpu;

internal sealed unsafe partial class CpuKernels<TSimd, TVec>
{
    public void GridSample(in ResampleShape shape, DeviceBuffer x, DeviceBuffer grid, DeviceBuffer y) =>
        throw new NotImplementedException();

    public void GridSampleBackward(in ResampleShape shape, DeviceBuffer x, DeviceBuffer grid, DeviceBuffer dy, DeviceBuffer dx, DeviceBuffer dGrid) =>
        throw new NotImplementedException();
}
