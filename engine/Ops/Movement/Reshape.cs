namespace SspNative.Engine;

public static partial class Ops
{
    /// <summary>The same elements under another shape; one dimension may be −1. No copy.</summary>
    public static Tensor Reshape(Tensor x, params ReadOnlySpan<int> dims)
    {
        int[] full = dims.ToArray();
        int free = Array.IndexOf(full, -1);
        if (free >= 0)
        {
            long known = 1;
            for (int i = 0; i < full.Length; i++)
                known *= i == free ? 1 : full[i];
            OpChecks.That(known > 0 && x.Count % known == 0, "reshape", $"{x.Count} elements do not divide into ({string.Join(", ", full)})", x);
            full[free] = (int)(x.Count / known);
        }
        return Reshape(x, new Shape(full));
    }

    /// <summary>The same elements under another shape. No copy.</summary>
    public static Tensor Reshape(Tensor x, Shape shape)
    {
        OpChecks.That(shape.Count == x.Count, "reshape", $"{x.Count} elements do not fill {shape}", x);
        return GradientTape.Record("reshape", x.Alias(shape), [x], g => g.Add(0, g.Dy.Alias(x.Shape)));
    }

    /// <summary>The same tensor outside the recording: no gradient passes through it. No copy.</summary>
    public static Tensor Detach(Tensor x) => x.Alias(x.Shape);
}
