namespace SspNative.Engine;

public static partial class Ops
{
    /// <summary>
    /// The same numbers as bf16, half the memory: each to the nearest, of two as near to the even one. For weights that are no longer trained; there is
    /// no gradient.
    /// </summary>
    public static Tensor ToBFloat16(Tensor x)
    {
        const string op = "to_bfloat16";
        OpChecks.SameDevice(op, DType.F32, x);
        OpChecks.That(!GradientTape.IsRecording(x), op, "bf16 is for inference alone, and what is given requires a gradient", x);
        Tensor y = Tensor.Empty(x.Shape, x.Device, DType.BF16);
        x.Device.Launch(new ToBFloat16Call(x.Buffer, y.Buffer, x.Count));
        return y;
    }
}
