namespace SspNative.Model.Weights;

/// <summary>
/// Weights made from their names by a <see cref="NamedStream"/>: those of reference cases whose model is too large to store, and of models without a
/// checkpoint.
/// </summary>
internal static class ProceduralWeights
{
    /// <summary>
    /// A weight: u·√(3 / elements per first index) for rank ≥ 2 (variance 1/fan-in), 1 + 0.1·u for <c>*.weight</c> of lower
    /// rank (norms), 0.1·u for the rest (biases).
    /// </summary>
    public static Tensor Weight(string name, Shape shape, ulong seed, IDevice device)
    {
        if (shape.Rank >= 2)
            return NamedStream.Uniform(name, shape, seed, 0f, (float)Math.Sqrt(3.0 / shape.CountOf(1, shape.Rank)), device);
        float center = name.EndsWith(".weight", StringComparison.Ordinal) ? 1f : 0f;
        return NamedStream.Uniform(name, shape, seed, center, 0.1f, device);
    }
}
