namespace SspNative.Engine;

public static partial class Ops
{
    /// <summary>Bilinear samples of x (B,H,W,C) at grid (B,h,w,2), (x,y) in −1…1, zeros outside, align_corners false → (B,h,w,C).</summary>
    public static Tensor GridSample(Tensor x, Tensor grid)
    {
        const string op = "grid_sample";
        OpChecks.SameDevice(op, DType.F32, x, grid);
        OpChecks.That(
            x.Rank == 4 && grid.Rank == 4 && grid.Shape[3] == 2 && grid.Shape[0] == x.Shape[0] && x.Shape[1] > 0 && x.Shape[2] > 0,
            op, "expected (B,H,W,C) with an element or more and (B,h,w,2)", x, grid);
        var shape = new ResampleShape(x.Shape[0], x.Shape[1], x.Shape[2], x.Shape[3], grid.Shape[1], grid.Shape[2]);
        Tensor y = Tensor.Empty([shape.B, shape.Hout, shape.Wout, shape.C], x.Device);
        x.Device.Launch(new GridSampleCall(shape, x.Buffer, grid.Buffer, y.Buffer));
        return GradientTape.Record(op, y, [x, grid], g =>
        {
            Tensor dx = g.Empty(0), dGrid = g.Empty(1);
            dx.Device.Launch(new GridSampleBackwardCall(shape, x.Buffer, grid.Buffer, g.Dy.Buffer, dx.Buffer, dGrid.Buffer));
            g.Add(0, dx);
            g.Add(1, dGrid);
        }, x, grid);
    }
}
