using SspNative.Model.Config;

namespace SspNative.Model.Decoder;

/// <summary>One prediction of the decoder.</summary>
/// <param name="ClassLogits">(B,N,labels+1), the null class last.</param>
/// <param name="MaskLogits">(B,N,h,w).</param>
public sealed record QueryPrediction(Tensor ClassLogits, Tensor MaskLogits)
{
    internal IEnumerable<Tensor> Tensors => [ClassLogits, MaskLogits];
}

/// <summary>
/// Mask2Former's transformer decoder: layers that attend to the three levels in turn, each inside the masks of the prediction
/// before it. A prediction is made from the queries themselves and after every layer.
/// </summary>
public sealed class QueryDecoder
{
    private readonly ParameterStore _store;
    private readonly int _channels;
    private readonly AudioQueries _queries;
    private readonly Tensor _levelEmbed;
    private readonly MaskGuidance? _guidance;
    private readonly MaskedAttentionDecoderLayer[] _layers;
    private readonly LayerNorm _norm;
    private readonly MaskPredictor _maskPredictor;
    private readonly Linear _classPredictor;

    /// <param name="root">Where <c>model.model.transformer_module</c>, <c>model.class_predictor</c> and <c>audio_proj</c> lie.</param>
    /// <param name="config">Sizes and task.</param>
    public QueryDecoder(ParameterPath root, AavsConfig config)
    {
        Mask2FormerConfig m = config.Mask2former;
        ParameterPath transformer = root / "model" / "model" / "transformer_module", decoder = transformer / "decoder";
        _store = root.Store;
        _channels = m.HiddenDim;
        if (m.FeatureSize != m.HiddenDim)
            throw new ArgumentException($"mask2former: feature_size {m.FeatureSize} and hidden_dim {m.HiddenDim} must be equal.");
        _queries = new AudioQueries(transformer, root / "audio_proj", m.NumQueries, m.HiddenDim, config.AudioHidden);
        _levelEmbed = (transformer / "level_embed").Get("weight", [3, m.HiddenDim], Init.Uniform(deviation: 1));
        _guidance = config.Task == SegmentationTask.Avss ? new MaskGuidance(transformer, m.HiddenDim) : null;
        _layers =
        [
            .. Enumerable.Range(0, m.DecoderLayers - 1).Select(i => new MaskedAttentionDecoderLayer(decoder / "layers" / i, config)),
        ];
        _norm = new LayerNorm(decoder / "layernorm", m.HiddenDim);
        _maskPredictor = new MaskPredictor(decoder / "mask_predictor", m);
        _classPredictor = new Linear((root / "model" / "class_predictor").As(Role.Head), m.HiddenDim, config.NumLabels + 1);
    }

    /// <param name="pixels">Levels and final features of the pixel decoder. The levels are freed as soon as they are keys and values.</param>
    /// <param name="audio">VGGish (B,128).</param>
    /// <param name="mask">The binary stage's mask (B,H,W), for task <c>avss</c>.</param>
    /// <param name="auxiliary">Whether the predictions before the last one are returned too.</param>
    /// <returns>The predictions in order, the last one being the result.</returns>
    public IReadOnlyList<QueryPrediction> Forward(PixelDecoderOutput pixels, Tensor audio, Tensor? mask, bool auxiliary = false)
    {
        using ProfilerSpan span = Profiler.Module("query decoder");
        using var scope = new TensorScope();
        int count = pixels.Levels.Count;
        var values = new Tensor[count];
        var keys = new Tensor[count];
        for (int i = 0; i < count; i++)
            (keys[i], values[i]) = Level(pixels.Levels[i], i, mask);

        Tensor queryPosition = _queries.Position();
        Tensor x = _queries.Forward(audio);
        var predictions = new List<QueryPrediction> { Predict(x, pixels.MaskFeatures) };
        for (int i = 0; i < _layers.Length; i++)
        {
            Tensor map = pixels.Levels[i % count];
            Tensor blocked = i == 0 && _guidance is not null
                ? MaskGuidance.FirstAttentionMask(mask!, map.Shape[1], map.Shape[2])
                : MaskPredictor.AttentionMask(predictions[^1].MaskLogits, map.Shape[1], map.Shape[2]);
            MaskedAttentionDecoderLayer layer = _layers[i];
            x = ActivationCheckpoint.Layer(
                inputs => layer.Forward(inputs[0], inputs[1], inputs[2], inputs[3], inputs[4]),
                x, queryPosition, keys[i % count], values[i % count], blocked);
            if (!auxiliary)
            {
                foreach (Tensor unread in predictions[^1].Tensors)
                    unread.Dispose();
                predictions.Clear();
            }
            predictions.Add(Predict(x, pixels.MaskFeatures));
        }
        scope.Keep(predictions.SelectMany(p => p.Tensors));
        return predictions;
    }

    // Frees the map: its tokens, with the level's embedding, are the values, and with their positions the keys.
    private (Tensor Keys, Tensor Values) Level(Tensor map, int level, Tensor? mask)
    {
        using var scope = new TensorScope();
        (int b, int h, int w) = (map.Shape[0], map.Shape[1], map.Shape[2]);
        Tensor tokens = scope.Keep(Ops.Add(Ops.Reshape(map, b, h * w, _channels), Ops.Narrow(_levelEmbed, 0, level, 1)));
        map.Dispose();
        Tensor position = SinePositionEmbedding.Get(_store, h, w, _channels / 2);
        if (_guidance is not null)
            position = Ops.Add(position, _guidance.PositionEmbedding(mask!, h, w));
        return (scope.Keep(Ops.Add(tokens, position)), tokens);
    }

    private QueryPrediction Predict(Tensor queries, Tensor maskFeatures)
    {
        using ProfilerSpan span = Profiler.Module("prediction");
        Tensor normed = _norm.Forward(queries);
        return new QueryPrediction(_classPredictor.Forward(normed), _maskPredictor.Forward(normed, maskFeatures));
    }
}
