namespace SspNative.Engine;

public static partial class Ops
{
    /// <summary>Bytes: 1 where x &lt; threshold. Not differentiable.</summary>
    public static Tensor LessThan(Tensor x, float threshold)
    {
        OpChecks.SameDevice("less_than", DType.F32, x);
        Tensor y = Tensor.Empty(x.Shape, x.Device, DType.U8);
        x.Kernels.LessThan(x.Buffer, threshold, y.Buffer, x.Count);
        return y;
    }

    /// <summary>Whether every element is finite.</summary>
    public static bool AllFinite(Tensor x)
    {
        OpChecks.SameDevice("all_finite", DType.F32, x);
        return x.Kernels.AllFinite(x.Buffer, x.Count);
    }
}
