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

    /// <summary>Fails unless all operands are on one device and of the expected element type.</summary>
    public static void SameDevice(string op, DType dtype, params ReadOnlySpan<Tensor?> tensors)
    {
        IDevice? device = null;
        foreach (Tensor? t in tensors)
        {
            if (t is null)
                continue;
            device ??= t.Device;
            if (t.Device != device)
                throw Failure(op, $"operands are on {device.Name} and {t.Device.Name}; move one of them", tensors);
            if (t.DType != dtype)
                throw Failure(op, $"an operand {t.DType}{t.Shape} must be {dtype}", tensors);
        }
    }

    private static ArgumentException Failure(string op, string problem, ReadOnlySpan<Tensor?> tensors)
    {
        var shapes = new List<string>();
        foreach (Tensor? t in tensors)
            if (t is not null)
                shapes.Add(t.Shape.ToString());
        return new ArgumentException($"{op}: {problem}. Shapes: {string.Join(", ", shapes)}.");
    }
}
