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

    /// <summary>Whether every element is finite. Waits for the device.</summary>
    public static bool AllFinite(Tensor x)
    {
        OpChecks.SameDevice("all_finite", DType.F32, x);
        using Tensor found = Tensor.Empty([1], x.Device, DType.U8);
        x.Device.Launch(new NonFiniteCall(x.Buffer, x.Count, found.Buffer, Slot: 0));
        return found.ToByteArray()[0] == 0;
    }
}
