using System.Text.RegularExpressions;

namespace SspNative.Model.Weights;

/// <summary>
/// First weights of a training from scratch, as the published models are initialised: embeddings and queries normal with deviation 0.02 and 1,
/// linear layers after Glorot and Bengio (2010), convolutions before a ReLU after He et al. (2015), norms the identity, biases 0. Deformable
/// attention looks at a ring of points around each query with equal weights (Zhu et al. 2021). Distributions are uniform with those
/// deviations; a tensor's numbers follow from its name and the seed.
/// </summary>
/// <param name="seed">Chooses one of 2⁶⁴ sets of weights.</param>
public sealed partial class InitialWeights(ulong seed) : IParameterSource
{
    public string Description => $"initialised, seed {seed}";

    public string? Problem(string name, Shape shape) => null;

    public bool Has(string name) => true;

    public Tensor Load(string name, Shape shape, IDevice device)
    {
        if (SamplingOffsets().IsMatch(name))
            return name.EndsWith("bias", StringComparison.Ordinal) ? Ring(shape, device) : Tensor.Zeros(shape, device);
        if (AttentionWeights().IsMatch(name))
            return Tensor.Zeros(shape, device);
        if (shape.Rank < 2)
            return ProceduralWeights.Generate(name, shape, seed, name.EndsWith(".weight", StringComparison.Ordinal) ? 1f : 0f, 0f, device);
        return ProceduralWeights.Generate(name, shape, seed, 0f, (float)(Math.Sqrt(3) * Deviation(name, shape)), device);
    }

    private static double Deviation(string name, Shape shape)
    {
        if (Queries().IsMatch(name))
            return 1;
        if (Embeddings().IsMatch(name))
            return 0.02;
        long inputs = shape.CountOf(1, shape.Rank), outputs = shape[0];
        return shape.Rank == 4 || name.StartsWith("vggish.", StringComparison.Ordinal)
            ? Math.Sqrt(2.0 / inputs)
            : Math.Sqrt(2.0 / (inputs + outputs));
    }

    // (heads·levels·points·2): head h looks in the direction 2πh/heads, scaled to a square, point k k+1 steps far.
    private static Tensor Ring(Shape shape, IDevice device)
    {
        const int levels = 3, points = 4;
        float[] offsets = new float[shape.Count];
        int heads = offsets.Length / (levels * points * 2);
        for (int i = 0; i < offsets.Length; i++)
        {
            int head = i / (levels * points * 2), point = i / 2 % points;
            (double sin, double cos) = Math.SinCos(Math.Tau * head / heads);
            double longest = Math.Max(Math.Abs(sin), Math.Abs(cos));
            offsets[i] = (float)((i % 2 == 0 ? cos : sin) / longest * (point + 1));
        }
        return Tensor.FromArray(offsets, shape, device);
    }

    [GeneratedRegex(@"\.sampling_offsets\.(weight|bias)$")]
    private static partial Regex SamplingOffsets();

    [GeneratedRegex(@"\.attention_weights\.(weight|bias)$")]
    private static partial Regex AttentionWeights();

    [GeneratedRegex(@"\.(queries_embedder|queries_features|level_embed|silence_embed|uncertain_embed|audio_embed)(\.weight)?$")]
    private static partial Regex Queries();

    [GeneratedRegex(@"(_embeddings?(\.weight)?|\.class_embedding|\.relative_position_bias_table)$")]
    private static partial Regex Embeddings();
}
