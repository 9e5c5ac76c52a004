using System.Runtime.CompilerServices;

namespace SspNative.Engine;

/// <summary>Argument checks of operations: one place, above all devices. A failure names the op, every shape and a hint.</summary>
internal static class OpChecks
{
    /// <summary>Fails unless the condition holds. The message is: op, what is wrong, then the shapes.</summary>
    public static void That(bool condition, string op, string problem, params ReadOnlySpan<Tensor?> tensors)
    {
        if (!condition)
            throw Failure(op, problem, tensors);
    }

    /// <summary>The same with a message that is put together only when the condition fails.</summary>
    public static void That(
        bool condition, string op, [InterpolatedStringHandlerArgument(nameof(condition))] ref Problem problem,
        params ReadOnlySpan<Tensor?> tensors)
    {
        if (!condition)
            throw Failure(op, problem.ToString(), tensors);
    }

    /// <summary>The rows of x (…,C), of which kernels take as many as an <c>int</c> counts.</summary>
    public static int Rows(string op, Tensor x)
    {
        long rows = x.Shape.CountOf(0, x.Rank - 1);
        That(rows <= int.MaxValue, op, $"{rows} rows are more than {int.MaxValue}", x);
        return (int)rows;
    }

    /// <summary>Fails unless all operands are on one device, whatever their element types.</summary>
    public static void OneDevice(string op, params ReadOnlySpan<Tensor?> tensors)
    {
        IDevice? device = null;
        foreach (Tensor? t in tensors)
        {
            device ??= t?.Device;
            if (t is not null && t.Device != device)
                throw Failure(op, $"operands are on {device!.Description} and {t.Device.Description}; move one of them with Tensor.To", tensors);
        }
    }

    /// <summary>Fails unless all operands are on one device and of the expected element type.</summary>
    public static void SameDevice(string op, DType dtype, params ReadOnlySpan<Tensor?> tensors) => SameDevice(op, dtype, [], tensors);

    /// <summary>
    /// Fails unless all operands are on one device and float32. Weights among them may be bf16 or in panels instead, unless something is recorded:
    /// they have no gradient, and none passes through them.
    /// </summary>
    public static void WithWeights(string op, ReadOnlySpan<Tensor> weights, params ReadOnlySpan<Tensor?> tensors)
    {
        SameDevice(op, DType.F32, weights, tensors);
        foreach (Tensor weight in weights)
        {
            if (weight.DType == DType.BF16 && GradientTape.IsRecording(tensors))
                throw Failure(op, "a weight is stored as bf16, which is for inference alone: load the model in fp32 to differentiate it", tensors);
            if (weight.DType == DType.F32Panels && GradientTape.IsRecording(tensors))
                throw Failure(op, "a weight is packed, which is for inference alone: load the model for training to differentiate it", tensors);
        }
    }

    /// <summary>Fails if a matrix is packed, for operations that read it in another way than a linear layer does.</summary>
    public static void NotPacked(string op, Tensor matrix) =>
        That(matrix.DType != DType.F32Panels, op, "the matrix is packed for linear layers alone", matrix);

    private static void SameDevice(string op, DType dtype, ReadOnlySpan<Tensor> weights, ReadOnlySpan<Tensor?> tensors)
    {
        OneDevice(op, tensors);
        foreach (Tensor? t in tensors)
            if (t is not null && t.DType != dtype && !(t.DType is DType.BF16 or DType.F32Panels && weights.Contains(t)))
                throw Failure(op, $"an operand {t.DType}{t.Shape} must be {dtype}", tensors);
    }

    private static ArgumentException Failure(string op, string problem, ReadOnlySpan<Tensor?> tensors)
    {
        var shapes = new List<string>();
        foreach (Tensor? t in tensors)
            if (t is not null)
                shapes.Add(t.Shape.ToString());
        return new ArgumentException($"{op}: {problem}. Shapes: {string.Join(", ", shapes)}");
    }

    /// <summary>An interpolated message whose holes are not even evaluated while the condition holds.</summary>
    [InterpolatedStringHandler]
    public ref struct Problem
    {
        private DefaultInterpolatedStringHandler _text;

        public Problem(int literalLength, int formattedCount, bool condition, out bool isNeeded)
        {
            isNeeded = !condition;
            _text = isNeeded ? new DefaultInterpolatedStringHandler(literalLength, formattedCount) : default;
        }

        public void AppendLiteral(string text) => _text.AppendLiteral(text);

        public void AppendFormatted<T>(T value) => _text.AppendFormatted(value);

        public override string ToString() => _text.ToStringAndClear();
    }
}
