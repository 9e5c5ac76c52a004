using SspNative.Kernels.Operators;

namespace SspNative.Engine;

public static partial class Ops
{
    /// <summary>
    /// y = f(x · Wᵀ + b) + residual in one pass: x (…,K), W (N,K), b (N), residual (…,N) → (…,N). Recorded, it keeps x where W is trained, and
    /// the pre-activation, for which y serves if f is ReLU and nothing was added; dz = dy · f′, dx = dz · W, dW = dzᵀ · x, db = Σ dz, d(residual) = dy.
    /// W may be stored as bf16, or packed (<see cref="Pack"/>), where nothing is recorded.
    /// </summary>
    public static Tensor Linear(
        Tensor x, Tensor weight, Tensor? bias = null, Activation activation = Activation.None, Tensor? residual = null)
    {
        const string op = "linear";
        OpChecks.WithWeights(op, [weight], x, weight, bias, residual);
        OpChecks.That(weight.Rank == 2, op, "the weight must be (out, in)", x, weight, bias);
        int n = weight.Shape[0], k = weight.Shape[1];
        OpChecks.That(x.Rank >= 1 && x.Shape[^1] == k, op, $"the input's last dimension must be {k}", x, weight, bias);
        OpChecks.That(bias is null || (bias.Rank == 1 && bias.Shape[0] == n), op, $"the bias must be ({n})", x, weight, bias);
        int m = OpChecks.Rows(op, x);
        Shape shape = x.Shape.With(-1, n);
        OpChecks.That(residual is null || residual.Shape == shape, op, $"the residual must be {shape}", x, weight, bias, residual);
        Tensor y = Tensor.Empty(shape, x.Device);
        bool derives = activation != Activation.None && GradientTape.IsRecording(x, weight, bias);
        bool signInY = activation == Activation.Relu && residual is null;
        Tensor? pre = derives && !signInY ? Tensor.Empty(shape, x.Device) : null;
        x.Device.Launch(new GemmCall(
            m, n, k, new(x.Buffer, 0, k), new(weight.Buffer, 0, k, Transposed: true), new(y.Buffer, 0, n),
            Bias: bias?.Buffer, Activation: activation, Residual: residual?.Buffer, PreActivation: pre?.Buffer, BType: weight.DType));
        return GradientTape.Record(op, y, [x, weight, bias, residual], g =>
        {
            g.Add(3, g.Dy);
            if (derives || activation == Activation.None)
                LinearBackward(g, x, weight, derives ? ActivationBackward(activation, pre ?? y, g.Dy) : g.Dy, m, n, k);
        }, GradientTape.SavedIf(weight.RequiresGrad, x), GradientTape.SavedIf(x.RequiresGrad, weight), pre, GradientTape.SavedIf(derives && signInY, y));
    }

    /// <summary>
    /// The outputs start … start+count−1 of a linear layer: x (…,K), W (N,K), b (N) → (…,count). What query, key and value are of a joint projection.
    /// Where nothing is recorded, the rows of W are read where they lie; else it is <see cref="Linear"/> of a slice. W may be stored as bf16, or packed.
    /// </summary>
    public static Tensor LinearRows(Tensor x, Tensor weight, Tensor? bias, int start, int count)
    {
        const string op = "linear_rows";
        OpChecks.WithWeights(op, [weight], x, weight, bias);
        OpChecks.That(weight.Rank == 2, op, "the weight must be (out, in)", x, weight, bias);
        int n = weight.Shape[0], k = weight.Shape[1];
        OpChecks.That(start >= 0 && count >= 0 && count <= n - start, op, $"outputs {start}…{(long)start + count - 1} are not all among {n}", x, weight, bias);
        OpChecks.That(x.Rank >= 1 && x.Shape[^1] == k, op, $"the input's last dimension must be {k}", x, weight, bias);
        OpChecks.That(bias is null || (bias.Rank == 1 && bias.Shape[0] == n), op, $"the bias must be ({n})", x, weight, bias);
        Tensor? own = bias is null ? null : Narrow(bias, 0, start, count);
        if (GradientTape.IsRecording(x, weight, bias))
            return Linear(x, Narrow(weight, 0, start, count), own);
        if (weight.DType == DType.F32Panels)
            ArePanels(op, weight, start, count);
        Tensor y = Tensor.Empty(x.Shape.With(-1, count), x.Device);
        x.Device.Launch(new GemmCall(
            OpChecks.Rows(op, x), count, k, new(x.Buffer, 0, k), new(weight.Buffer, (long)start * k, k, Transposed: true),
            new(y.Buffer, 0, count), Bias: own?.Buffer, BType: weight.DType));
        own?.Dispose();
        return GradientTape.Record(op, y, [], _ => { });
    }

    /// <summary>
    /// Several linear layers of one input side by side: x (…,K) with weights (Nᵢ,K) → (…,Σ Nᵢ). What query, key and value
    /// projections are, without copying them together. Weights may be stored as bf16, or packed, where nothing is recorded.
    /// </summary>
    public static Tensor LinearConcat(Tensor x, params ReadOnlySpan<(Tensor Weight, Tensor? Bias)> layers)
    {
        const string op = "linear_concat";
        (Tensor Weight, Tensor? Bias)[] parts = layers.ToArray();
        OpChecks.That(x.Rank >= 1, op, "the input must be (…, in)", x);
        int k = x.Shape[^1], m = OpChecks.Rows(op, x), total = 0;
        foreach ((Tensor weight, Tensor? bias) in parts)
        {
            OpChecks.WithWeights(op, [weight], x, weight, bias);
            OpChecks.That(weight.Rank == 2 && weight.Shape[1] == k, op, $"every weight must be (out, {k})", x, weight, bias);
            OpChecks.That(
                bias is null || bias.Shape == new Shape(weight.Shape[0]), op, $"the bias must be ({weight.Shape[0]})", x, weight, bias);
            total += weight.Shape[0];
        }
        Tensor y = Tensor.Empty(x.Shape.With(-1, total), x.Device);
        int at = 0;
        foreach ((Tensor weight, Tensor? bias) in parts)
        {
            x.Device.Launch(new GemmCall(
                m, weight.Shape[0], k, new(x.Buffer, 0, k), new(weight.Buffer, 0, k, Transposed: true), new(y.Buffer, at, total),
                Bias: bias?.Buffer, BType: weight.DType));
            at += weight.Shape[0];
        }
        Tensor?[] inputs = [x, .. parts.SelectMany(p => new[] { p.Weight, p.Bias })];
        return GradientTape.Record(op, y, inputs, g =>
        {
            int at = 0;
            Tensor? dx = g.Needs(0) ? g.Empty(0) : null;
            for (int i = 0; i < parts.Length; i++)
            {
                Tensor weight = parts[i].Weight;
                int n = weight.Shape[0];
                MatrixView dy = new(g.Dy.Buffer, at, total);
                if (dx is not null)
                    dx.Device.Launch(new GemmCall(m, k, n, dy, new(weight.Buffer, 0, k), new(dx.Buffer, 0, k), Accumulate: i > 0));
                if (g.Needs(1 + 2 * i))
                {
                    Tensor dw = g.Empty(1 + 2 * i);
                    dw.Device.Launch(new GemmCall(n, k, m, dy with { Transposed = true }, new(x.Buffer, 0, k), new(dw.Buffer, 0, k)));
                    g.Add(1 + 2 * i, dw);
                }
                if (g.Needs(2 + 2 * i))
                    g.Add(2 + 2 * i, ReduceDims(Narrow(g.Dy, -1, at, n).Alias([m, n]), [0], 1f).Alias([n]));
                at += n;
            }
            if (dx is not null)
                g.Add(0, dx);
        }, [GradientTape.SavedIf(parts.Any(p => p.Weight.RequiresGrad), x), .. parts.Select(p => GradientTape.SavedIf(x.RequiresGrad, p.Weight))]);
    }

    private static void LinearBackward(BackwardContext g, Tensor x, Tensor weight, Tensor dz, int m, int n, int k)
    {
        if (g.Needs(0))
        {
            Tensor dx = g.Empty(0);
            dx.Device.Launch(new GemmCall(m, k, n, new(dz.Buffer, 0, n), new(weight.Buffer, 0, k), new(dx.Buffer, 0, k)));
            g.Add(0, dx);
        }
        if (g.Needs(1))
        {
            Tensor dw = g.Empty(1);
            dw.Device.Launch(new GemmCall(n, k, m, new(dz.Buffer, 0, n, Transposed: true), new(x.Buffer, 0, k), new(dw.Buffer, 0, k)));
            g.Add(1, dw);
        }
        if (g.Needs(2))
            g.Add(2, ReduceDims(dz.Alias([m, n]), [0], 1f).Alias([n]));
    }

    private static Tensor ActivationBackward(Activation activation, Tensor saved, Tensor dy)
    {
        Tensor dz = Tensor.Empty(dy.Shape, dy.Device);
        ActivationBackward(activation, saved, dy, dz, dz.Count);
        return dz;
    }

    private static void ActivationBackward(Activation activation, Tensor saved, Tensor dy, Tensor dz, long count)
    {
        var derivative = new ActivationDerivative(saved, dy, dz, count);
        activation.Visit(ref derivative);
    }

    private readonly struct ActivationDerivative(Tensor saved, Tensor dy, Tensor dz, long count) : IActivationVisitor
    {
        public void Visit<TOp>() where TOp : struct, IUnaryOperator => UnaryBackward<TOp>(saved, dy, dz, count);
    }
}
