namespace SspNative.Engine;

public static partial class Ops
{
    /// <summary>Bytes: 1 where x &lt; threshold. Not differentiable.</summary>
    public static Tensor LessThan(Tensor x, float threshold)
    {
        OpChecks.SameDevice("less_than", DType.F32, x);
        Tensor y = Tensor.Empty(x.Shape, x.Device, DType.U8);
        x.Device.Launch(new LessThanCall(x.Buffer, threshold, y.Buffer, x.Count));
        return y;
    }
}
