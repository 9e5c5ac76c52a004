namespace SspNative.Engine.Nn;

/// <summary>A table of vectors. Parameter <c>weight</c> (count, C).</summary>
/// <param name="path">The layer's prefix.</param>
/// <param name="count">Vectors.</param>
/// <param name="channels">C.</param>
/// <param name="init">The first vectors.</param>
/// <param name="paddingIndex">A vector that gets no gradient; none by default.</param>
public sealed class Embedding(ParameterPath path, int count, int channels, Initializer init, int paddingIndex = -1)
{
    public Tensor Weight { get; } = path.GetMatrix("weight", [count, channels], init);

    /// <summary>(…) indices → (…,C).</summary>
    public Tensor Forward(Tensor indices) => Ops.Embedding(indices, Weight, paddingIndex);
}
