using SspNative.Model.Config;

namespace SspNative.Model.Decoder;

/// <summary>What a layer of the pixel decoder reads.</summary>
/// <param name="X">Tokens (B,S,C) of all levels, coarsest first.</param>
/// <param name="Position">Position plus level embedding (1,S,C).</param>
/// <param name="Levels">Height and width of each level.</param>
public readonly record struct LevelTokens(Tensor X, Tensor Position, IReadOnlyList<(int H, int W)> Levels);

/// <summary>
/// One encoder layer of the pixel decoder: multi-scale deformable self attention over the tokens of three levels, then a
/// feed-forward network, post-norm: (B,S,C) → (B,S,C).
/// </summary>
public sealed class DeformableEncoderLayer : Layer<LevelTokens>
{
    private const int Points = 4;
    private const int LevelCount = 3;

    private readonly ParameterStore _store;
    private readonly int _heads;
    private readonly int _channels;
    private readonly Linear _samplingOffsets;
    private readonly Linear _attentionWeights;
    private readonly Linear _valueProj;
    private readonly Linear? _outputProj;
    private readonly AvsAdapter _adapter;
    private readonly LayerNorm _attentionNorm;
    private readonly Mlp _feedForward;
    private readonly LayerNorm _finalNorm;

    public DeformableEncoderLayer(ParameterPath path, AavsConfig config)
        : base("layer")
    {
        Mask2FormerConfig m = config.Mask2former;
        ParameterPath attention = path / "self_attn";
        _store = path.Store;
        _heads = m.NumAttentionHeads;
        _channels = m.FeatureSize;
        int samples = _heads * LevelCount * Points;
        // It begins by looking at a ring of points around each query with equal weights (Zhu et al. 2021).
        _samplingOffsets = new Linear(attention / "sampling_offsets", _channels, samples * 2, init: Init.Zeros, biasInit: Init.Formula(Ring));
        _attentionWeights = new Linear(attention / "attention_weights", _channels, samples, init: Init.Zeros);
        _valueProj = new Linear(attention / "value_proj", _channels, _channels);
        // Published avs checkpoints hold output_proj too, but the adapter replaces it there.
        _outputProj = config.Task == SegmentationTask.Avss ? new Linear(attention / "output_proj", _channels, _channels) : null;
        _adapter = new AvsAdapter(attention / "avs_adapt", _channels);
        _attentionNorm = new LayerNorm(path / "self_attn_layer_norm", _channels);
        _feedForward = new Mlp(path / "fc1", path / "fc2", _channels, m.EncoderFeedforwardDim, Activation.Relu);
        _finalNorm = new LayerNorm(path / "final_layer_norm", _channels);
    }

    protected override Tensor Compute(LevelTokens tokens)
    {
        (Tensor x, Tensor position, IReadOnlyList<(int H, int W)> levels) = tokens;
        Tensor h = TensorScope.Run(() => _attentionNorm.Forward(_adapter.Forward(Attend(x, position, levels), residual: x)));
        return _finalNorm.Forward(_feedForward.Forward(h, residual: h));
    }

    private Tensor Attend(Tensor x, Tensor position, IReadOnlyList<(int H, int W)> levels)
    {
        using var scope = new TensorScope();
        int b = x.Shape[0], s = x.Shape[1];
        Tensor query = Ops.Add(x, position);
        Tensor weights = TensorScope.Run(() => Ops.Softmax(Ops.Reshape(_attentionWeights.Forward(query), b, s, _heads, LevelCount * Points)));
        Tensor locations = TensorScope.Run(() => Ops.Add(
            ReferencePoints(levels),
            Ops.Reshape(Ops.Mul(_samplingOffsets.Forward(query), OffsetScale(levels)), b, s, _heads, 2 * LevelCount * Points)));
        query.Dispose();
        Tensor value = Ops.Reshape(_valueProj.Forward(x), b, s, _heads, _channels / _heads);
        Tensor attended = Ops.DeformableAttention(
            value, levels, Ops.Reshape(locations, b, s, _heads, LevelCount, Points, 2), Ops.Reshape(weights, b, s, _heads, LevelCount, Points));
        return scope.Keep(_outputProj is null ? attended : _outputProj.Forward(attended));
    }

    // (heads·levels·points·2): head h looks in the direction 2πh/heads, scaled to a square, point k k+1 steps far.
    private static float[] Ring(Shape shape)
    {
        float[] offsets = new float[shape.Count];
        int samples = LevelCount * Points * 2, heads = offsets.Length / samples;
        for (int i = 0; i < offsets.Length; i++)
        {
            (double sin, double cos) = Math.SinCos(Math.Tau * (i / samples) / heads);
            double longest = Math.Max(Math.Abs(sin), Math.Abs(cos));
            offsets[i] = (float)((i % 2 == 0 ? cos : sin) / longest * (i / 2 % Points + 1));
        }
        return offsets;
    }

    // The centre of each token as (x,y) in 0…1, repeated for every sample of a head: (1, S, 1, levels·points·2).
    private Tensor ReferencePoints(IReadOnlyList<(int H, int W)> levels) =>
        _store.Constant($"reference points {string.Join(' ', levels)}", () =>
        {
            int samples = LevelCount * Points, tokens = levels.Sum(l => l.H * l.W);
            var data = new float[tokens * samples * 2];
            int at = 0;
            foreach ((int h, int w) in levels)
                for (int y = 0; y < h; y++)
                    for (int x = 0; x < w; x++)
                        for (int i = 0; i < samples; i++)
                        {
                            data[at++] = (x + 0.5f) / w;
                            data[at++] = (y + 0.5f) / h;
                        }
            return Tensor.FromArray(data, [1, tokens, 1, samples * 2], _store.Device);
        });

    // Offsets are in pixels of the sampled level: (heads·levels·points·2) of 1/W, 1/H.
    private Tensor OffsetScale(IReadOnlyList<(int H, int W)> levels) =>
        _store.Constant($"offset scale {string.Join(' ', levels)} {_heads}", () =>
        {
            var data = new List<float>();
            for (int head = 0; head < _heads; head++)
                foreach ((int h, int w) in levels)
                    for (int p = 0; p < Points; p++)
                        data.AddRange([1f / w, 1f / h]);
            return Tensor.FromArray(data.ToArray(), [data.Count], _store.Device);
        });
}
