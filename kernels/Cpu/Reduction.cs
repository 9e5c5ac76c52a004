namespace SspNative.Kernels.Cpu;

internal sealed unsafe partial class CpuKernels<TSimd, TVec>
{
    public void Sum(DeviceBuffer x, DeviceBuffer y, long outer, long reduced, long inner, float scale) =>
        throw new NotImplementedException();

    public void Max(DeviceBuffer x, DeviceBuffer y, DeviceBuffer indices, long outer, long reduced, long inner) =>
        throw new NotImplementedException();

    public void MaxBackward(DeviceBuffer dy, DeviceBuffer indices, DeviceBuffer dx, long outer, long reduced, long inner) =>
        throw new NotImplementedException();

    public double SumOfSquares(DeviceBuffer x, long count) =>
        throw new NotImplementedException();

    public bool AllFinite(DeviceBuffer x, long count) =>
        throw new NotImplementedException();
}
