namespace SspNative.Engine;

public static partial class Ops
{
    /// <summary>
    /// y = x̂ · weight + bias with x̂ = (x − mean)/√(var + ε) over the last dimension, var the mean square: x (…,C), weight and bias (C) → (…,C)
    /// (Ba et al. 2016). With g = dy · weight, dx = (g − mean(g) − x̂ · mean(g · x̂))/√(var + ε).
    /// </summary>
    public static Tensor LayerNorm(Tensor x, Tensor weight, Tensor bias, float epsilon = 1e-5f)
    {
        const string op = "layer_norm";
        OpChecks.SameDevice(op, DType.F32, x, weight, bias);
        int channels = x.Rank > 0 ? x.Shape[^1] : 0;
        OpChecks.That(
            channels > 0 && weight.Shape == new Shape(channels) && bias.Shape == weight.Shape,
            op, $"weight and bias must be ({channels})", x, weight, bias);
        long rows = x.Count / channels;
        Tensor y = Tensor.Empty(x.Shape, x.Device);
        bool recording = GradientTape.IsRecording(x, weight, bias);
        Tensor? mean = recording ? Tensor.Empty([(int)rows], x.Device) : null, rstd = recording ? Tensor.Empty([(int)rows], x.Device) : null;
        x.Device.Launch(new LayerNormCall(x.Buffer, weight.Buffer, bias.Buffer, y.Buffer, mean?.Buffer, rstd?.Buffer, rows, channels, epsilon));
        return GradientTape.Record(op, y, [x, weight, bias], g =>
        {
            Tensor dx = g.Empty(0), dw = g.Empty(1), db = g.Empty(2);
            dx.Device.Launch(new LayerNormBackwardCall(
                x.Buffer, weight.Buffer, mean!.Buffer, rstd!.Buffer, g.Dy.Buffer, dx.Buffer, dw.Buffer, db.Buffer, rows, channels));
            g.Add(0, dx);
            g.Add(1, dw);
            g.Add(2, db);
        }, x, weight, mean, rstd);
    }

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
