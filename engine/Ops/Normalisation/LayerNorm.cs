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
        int rows = OpChecks.Rows(op, x);
        Tensor y = Tensor.Empty(x.Shape, x.Device);
        bool recording = GradientTape.IsRecording(x, weight, bias);
        Tensor? mean = recording ? Tensor.Empty([rows], x.Device) : null, rstd = recording ? Tensor.Empty([rows], x.Device) : null;
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
}
