namespace SspNative.Engine;

public static partial class Ops
{
    /// <summary>
    /// y = x̂ · weight + bias, x̂ normalised as by <see cref="LayerNorm"/>, but over all positions and the C/groups channels of a group:
    /// x (B,…,C), weight and bias (C) → (B,…,C) (Wu and He 2018).
    /// </summary>
    public static Tensor GroupNorm(Tensor x, Tensor weight, Tensor bias, int groups, float epsilon = 1e-5f)
    {
        const string op = "group_norm";
        OpChecks.SameDevice(op, DType.F32, x, weight, bias);
        int channels = x.Rank > 1 ? x.Shape[^1] : 0;
        OpChecks.That(
            groups > 0 && channels > 0 && channels % groups == 0 && weight.Shape == new Shape(channels) && bias.Shape == weight.Shape,
            op, $"{channels} channels must divide into {groups} groups, weight and bias be ({channels})", x, weight, bias);
        int batch = x.Shape[0];
        long positions = x.Shape.CountOf(1, x.Rank - 1);
        Tensor y = Tensor.Empty(x.Shape, x.Device);
        Tensor mean = Tensor.Empty([batch, groups], x.Device), rstd = Tensor.Empty([batch, groups], x.Device);
        x.Device.Launch(new GroupNormCall(
            x.Buffer, weight.Buffer, bias.Buffer, y.Buffer, mean.Buffer, rstd.Buffer, batch, positions, channels, groups, epsilon));
        return GradientTape.Record(op, y, [x, weight, bias], g =>
        {
            Tensor dx = g.Empty(0), dw = g.Empty(1), db = g.Empty(2);
            dx.Device.Launch(new GroupNormBackwardCall(
                x.Buffer, weight.Buffer, mean.Buffer, rstd.Buffer, g.Dy.Buffer, dx.Buffer, dw.Buffer, db.Buffer,
                batch, positions, channels, groups));
            g.Add(0, dx);
            g.Add(1, dw);
            g.Add(2, db);
        }, x, weight, mean, rstd);
    }
}
