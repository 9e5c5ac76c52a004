using SspNative.Engine;
using SspNative.Kernels;

namespace SspNative.Tests.Examples.SwiGlu;

public static partial class Ops
{
    /// <summary>a · sigmoid(a) · b: (…), (…) → (…); da = dy · b · silu′(a), db = dy · silu(a). Recorded, it keeps a and b.</summary>
    public static Tensor SwiGlu(Tensor a, Tensor b)
    {
        const string op = "swiglu";
        OpChecks.SameDevice(op, DType.F32, a, b);
        OpChecks.That(a.Shape == b.Shape, op, "a and b must have one shape", a, b);
        Tensor y = Tensor.Empty(a.Shape, a.Device);
        a.Device.Launch(new SwiGluCall(a.Buffer, b.Buffer, y.Buffer, a.Count));
        return GradientTape.Record(op, y, [a, b], g =>
        {
            Tensor da = g.Empty(0), db = g.Empty(1);
            da.Device.Launch(new SwiGluBackwardCall(a.Buffer, b.Buffer, g.Dy.Buffer, da.Buffer, db.Buffer, a.Count));
            g.Add(0, da);
            g.Add(1, db);
        }, a, b);
    }
}
