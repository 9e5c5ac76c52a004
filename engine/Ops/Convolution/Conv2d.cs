namespace SspNative.Engine;

public static partial class Ops
{
    /// <summary>
    /// x (B,H,W,Cin) ∗ weight (Cout,Cin/groups,Kh,Kw) + bias → (B,Hout,Wout,Cout), zero padding, channels-last; then the
    /// activation. y[b,i,j,o] = bias[o] + Σ over c, k, l of x[b, i·stride + k − padding, j·stride + l − padding, c] · weight[o,c,k,l]: PyTorch's conv2d.
    /// </summary>
    public static Tensor Conv2d(
        Tensor x, Tensor weight, Tensor? bias = null, int stride = 1, int padding = 0, int groups = 1,
        Activation activation = Activation.None)
    {
        const string op = "conv2d";
        OpChecks.SameDevice(op, DType.F32, x, weight, bias);
        OpChecks.That(
            x.Rank == 4 && weight.Rank == 4 && weight.Shape[0] > 0,
            op, "input must be (B,H,W,Cin) and weight (Cout,Cin/groups,Kh,Kw) with an output or more", x, weight);
        OpChecks.That(stride > 0 && padding >= 0 && groups > 0, op, $"bad stride {stride}, padding {padding} or groups {groups}", x, weight);
        var shape = new ConvShape(
            x.Shape[0], x.Shape[1], x.Shape[2], x.Shape[3], weight.Shape[0], weight.Shape[2], weight.Shape[3], stride, padding, groups);
        OpChecks.That(
            weight.Shape[1] * groups == shape.Cin && shape.Cout % groups == 0,
            op, $"{shape.Cin} input channels in {groups} groups need a weight of {shape.Cin / groups} input channels", x, weight);
        OpChecks.That(bias is null || (bias.Rank == 1 && bias.Shape[0] == shape.Cout), op, $"the bias must be ({shape.Cout})", x, weight, bias);
        OpChecks.That(
            shape.H + 2L * padding >= shape.Kh && shape.W + 2L * padding >= shape.Kw, op, "the kernel is larger than the padded input", x, weight);
        Tensor y = Tensor.Empty([shape.B, shape.Hout, shape.Wout, shape.Cout], x.Device);
        // The kernel keeps no pre-activation: a backward pass can read ReLU's derivative off y, no other's.
        bool fused = activation is Activation.None or Activation.Relu || !GradientTape.IsRecording(x, weight, bias);
        OpChecks.That(fused, op, $"activation {activation} cannot be recorded; apply it as its own op", x, weight);
        x.Device.Launch(new Conv2dCall(shape, x.Buffer, weight.Buffer, bias?.Buffer, y.Buffer, activation));
        return GradientTape.Record(op, y, [x, weight, bias], g =>
        {
            Tensor dz = activation == Activation.Relu ? ActivationBackward(activation, y, g.Dy) : g.Dy;
            if (g.Needs(0))
            {
                Tensor dx = g.Empty(0);
                dx.Device.Launch(new Conv2dBackwardInputCall(shape, dz.Buffer, weight.Buffer, dx.Buffer));
                g.Add(0, dx);
            }
            if (g.Needs(1))
            {
                Tensor dw = g.Empty(1);
                dw.Device.Launch(new Conv2dBackwardWeightCall(shape, x.Buffer, dz.Buffer, dw.Buffer));
                g.Add(1, dw);
            }
            if (g.Needs(2))
                g.Add(2, ReduceDims(dz, [0, 1, 2], 1f).Alias([shape.Cout]));
        }, GradientTape.SavedIf(weight.RequiresGrad, x), GradientTape.SavedIf(x.RequiresGrad, weight), GradientTape.SavedIf(activation == Activation.Relu, y));
    }
}
