namespace SspNative.Engine.Nn;

/// <summary>A table of vectors. Parameter <c>weight</c> (count, C).</summary>
public sealed class Embedding(ParameterPath path, int count, int channels, int paddingIndex = -1)
{
    public Tensor Weight { get; } = path.Get("weight", count, channels);

    /// <summary>(…) indices → (…,C).</summary>
    public Tensor Forward(Tensor indices) => Ops.Embedding(indices, Weight, paddingIndex);
}
