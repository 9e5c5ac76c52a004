namespace SspNative.Model.Encoders.Vggish;

/// <summary>
/// The optional last step of VGGish as AudioSet's embeddings were published: PCA, clipping to −2…2 and quantisation to 8 bits.
/// The models of this project are trained without it.
/// </summary>
/// <param name="eigenVectors">(128,128), one vector a row: the tensor <c>pca_eigen_vectors</c>.</param>
/// <param name="means">(128): the tensor <c>pca_means</c>.</param>
public sealed class VggishPostprocessor(float[] eigenVectors, float[] means)
{
    /// <summary>Channels of an embedding.</summary>
    public const int Channels = 128;

    private const double Limit = 2;

    private readonly float[] _eigenVectors = eigenVectors.Length == Channels * Channels
        ? eigenVectors
        : throw new ArgumentException($"PCA eigenvectors must be {Channels}×{Channels}, not {eigenVectors.Length} values");

    private readonly float[] _means = means.Length == Channels
        ? means
        : throw new ArgumentException($"PCA means must be {Channels} values, not {means.Length}");

    /// <summary>(N,128) → (N,128) whole numbers 0…255: round(255/4 · (clip(E·(x − mean), −2, 2) + 2)), halves to even.</summary>
    public float[] Apply(ReadOnlySpan<float> embeddings)
    {
        if (embeddings.Length % Channels != 0)
            throw new ArgumentException($"embeddings must be (N,{Channels}), not {embeddings.Length} values");
        float[] quantised = new float[embeddings.Length];
        for (int o = 0; o < quantised.Length; o++)
        {
            ReadOnlySpan<float> embedding = embeddings.Slice(o / Channels * Channels, Channels);
            ReadOnlySpan<float> vector = _eigenVectors.AsSpan(o % Channels * Channels, Channels);
            double projection = 0;
            for (int i = 0; i < Channels; i++)
                projection += (double)vector[i] * ((double)embedding[i] - _means[i]);
            quantised[o] = (float)Math.Round((Math.Clamp(projection, -Limit, Limit) + Limit) * (255 / (2 * Limit)));
        }
        return quantised;
    }
}
