namespace SspNative.Engine;

public static partial class Ops
{
    /// <summary>One element of each row: x (rows,columns), columns (rows) → (rows).</summary>
    public static Tensor Gather(Tensor x, Tensor columns)
    {
        const string op = "gather";
        OpChecks.OneDevice(op, x, columns);
        OpChecks.SameDevice(op, DType.F32, x);
        OpChecks.SameDevice(op, DType.I64, columns);
        OpChecks.That(x.Rank == 2 && columns.Shape == new Shape(x.Shape[0]), op, "x must be (rows, columns), the indices (rows)", x, columns);
        int rows = x.Shape[0], count = x.Shape[1];
        foreach (long c in columns.Indices)
            OpChecks.That(c >= 0 && c < count, op, $"index {c} is not in 0…{count - 1}", x, columns);
        Tensor y = Tensor.Empty([rows], x.Device);
        x.Device.Launch(new GatherCall(x.Buffer, columns.Buffer, y.Buffer, rows, count));
        return GradientTape.Record(op, y, [x], g =>
        {
            Tensor dx = g.Empty(0);
            dx.Device.Launch(new GatherBackwardCall(g.Dy.Buffer, columns.Buffer, dx.Buffer, rows, count));
            g.Add(0, dx);
        }, columns);
    }
}
