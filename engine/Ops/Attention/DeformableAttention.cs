namespace SspNative.Engine;

public static partial class Ops
{
    /// <summary>
    /// Multi-scale deformable attention (Deformable DETR, eq. 3): value (B,S,heads,dim) over concatenated levels, locations
    /// (B,Q,heads,levels,points,2) as (x,y) in 0…1, weights (B,Q,heads,levels,points) → (B,Q,heads·dim). y = Σ over levels and points of weight ·
    /// bilinear(value, location), zeros outside.
    /// </summary>
    public static Tensor DeformableAttention(Tensor value, IReadOnlyList<(int H, int W)> levels, Tensor locations, Tensor weights)
    {
        const string op = "ms_deformable_attention";
        OpChecks.SameDevice(op, DType.F32, value, locations, weights);
        OpChecks.That(
            value.Rank == 4 && locations.Rank == 6 && weights.Rank == 5 && locations.Shape[5] == 2,
            op, "expected value (B,S,heads,dim), locations (B,Q,heads,levels,points,2), weights (B,Q,heads,levels,points)", value, locations, weights);
        OpChecks.That(
            levels.Count <= LevelSizes.MaxCount, op, $"there are {levels.Count} levels; kernels take at most {LevelSizes.MaxCount}", value, locations, weights);
        OpChecks.That(
            levels.All(l => l.H > 0 && l.W > 0) && levels.Sum(l => (long)l.H * l.W) == value.Shape[1] && value.Shape[1] <= DeformableAttentionShape.MostTokens,
            op, $"value has {value.Shape[1]} tokens, and the levels are {string.Join(", ", levels)}", value, locations, weights);
        LevelSizes sizes = [.. levels];
        var shape = new DeformableAttentionShape(
            value.Shape[0], weights.Shape[1], value.Shape[2], value.Shape[3], weights.Shape[4], sizes);
        OpChecks.That(
            weights.Shape == new Shape(shape.B, shape.Q, shape.Heads, levels.Count, shape.Points)
            && new Shape([.. weights.Shape.Dims, 2]) == locations.Shape,
            op, $"sizes do not agree with the levels {string.Join(", ", levels)}", value, locations, weights);
        Tensor y = Tensor.Empty([shape.B, shape.Q, shape.Heads * shape.Dim], value.Device);
        value.Device.Launch(new DeformableAttentionCall(shape, value.Buffer, locations.Buffer, weights.Buffer, y.Buffer));
        return GradientTape.Record(op, y, [value, locations, weights], g =>
        {
            Tensor dv = g.Empty(0), dl = g.Empty(1), dw = g.Empty(2);
            dv.Device.Launch(new DeformableAttentionBackwardCall(
                shape, value.Buffer, locations.Buffer, weights.Buffer, g.Dy.Buffer, dv.Buffer, dl.Buffer, dw.Buffer));
            g.Add(0, dv);
            g.Add(1, dl);
            g.Add(2, dw);
        }, value, locations, weights);
    }
}
