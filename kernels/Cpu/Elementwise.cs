using SspNative.Kernels.Operators;

namespace SspNative.Kernels.Cpu;

internal sealed unsafe partial class CpuKernels<TSimd, TVec>
{
    public void Unary<TOp>(DeviceBuffer x, DeviceBuffer y, long count) where TOp : struct, IUnaryOperator =>
        throw new NotImplementedException();

    public void UnaryBackward<TOp>(DeviceBuffer x, DeviceBuffer y, DeviceBuffer dy, DeviceBuffer dx, long count) where TOp : struct, IUnaryOperator =>
        throw new NotImplementedException();

    public void Binary<TOp>(DeviceBuffer a, Shape aShape, DeviceBuffer b, Shape bShape, DeviceBuffer y, Shape shape) where TOp : struct, IBinaryOperator =>
        throw new NotImplementedException();

    public void Affine(DeviceBuffer x, float scale, float shift, DeviceBuffer y, long count) =>
        throw new NotImplementedException();

    public void Fill(DeviceBuffer x, float value, long count) =>
        throw new NotImplementedException();

    public void LessThan(DeviceBuffer x, float threshold, DeviceBuffer y, long count) =>
        throw new NotImplementedException();
}
