using SspNative.Model.Config;

namespace SspNative.Model.Decoder;

/// <summary>One prediction of the decoder.</summary>
/// <param name="ClassLogits">(B,N,labels+1), the null class last.</param>
/// <param name="MaskLogits">(B,N,h,w).</param>
public sealed record QueryPrediction(Tensor ClassLogits, Tensor MaskLogits) : ITensors
{
    public IEnumerable<Tensor> Tensors => [ClassLogits, MaskLogits];
}

/// <summary>What the query decoder reads.</summary>
/// <param name="Levels">Maps of the pixel decoder, which are freed as soon as they are keys and values.</param>
/// <param name="MaskFeatures">Its final features (B,h,w,C), guided by the mask.</param>
/// <param name="Audio">VGGish (B,128).</param>
/// <param name="Stage1Mask">The binary stage's mask (B,H,W), for task <c>avss</c>.</param>
/// <param name="Auxiliary">Whether the predictions before the last one are returned too.</param>
public readonly record struct QueryDecoderInputs(
    Handover<IReadOnlyList<Tensor>> Levels, Tensor MaskFeatures, Tensor Audio, Tensor? Stage1Mask, bool Auxiliary = false)
{
    /// <summary>The text that queries attend to before each layer; null where they see pixels alone.</summary>
    public TextTokens? Text { get; init; }
}

/// <summary>What the query decoder returns.</summary>
/// <param name="Predictions">The predictions in order, the last one being the result.</param>
public sealed record QueryDecoderOutput(IReadOnlyList<QueryPrediction> Predictions) : ITensors
{
    public IEnumerable<Tensor> Tensors => Predictions.SelectMany(p => p.Tensors);
}

/// <summary>
/// Mask2Former's transformer decoder: layers that attend to the three levels in turn, each inside the masks of the prediction
/// before it. A prediction is made from the queries themselves and after every layer.
/// </summary>
public sealed class QueryDecoder : Layer<QueryDecoderInputs, QueryDecoderOutput>
{
    private readonly ParameterStore _store;
    private readonly int _channels;
    private readonly AudioQueries _queries;
    private readonly Tensor _levelEmbed;
    private readonly Stage1Guidance? _guidance;
    private readonly MaskedAttentionDecoderLayer[] _layers;
    private readonly QueryTextAttention[]? _reading;
    private readonly LayerNorm _norm;
    private readonly MaskPredictor _maskPredictor;
    private readonly Linear _classPredictor;

    /// <param name="root">Where <c>model.model.transformer_module</c>, <c>model.class_predictor</c> and <c>audio_proj</c> lie.</param>
    /// <param name="config">Sizes and task.</param>
    public QueryDecoder(ParameterPath root, AavsConfig config)
        : base("query decoder")
    {
        Mask2FormerConfig m = config.Mask2former;
        ParameterPath transformer = root / "model" / "model" / "transformer_module", decoder = transformer / "decoder";
        _store = root.Store;
        _channels = m.HiddenDim;
        if (m.FeatureSize != m.HiddenDim)
            throw new ArgumentException($"mask2former: feature_size {m.FeatureSize} and hidden_dim {m.HiddenDim} must be equal");
        _queries = new AudioQueries(transformer, root / "audio_proj", m.NumQueries, m.HiddenDim, config.AudioHidden);
        _levelEmbed = (transformer / "level_embed").Get("weight", [3, m.HiddenDim], Init.Uniform(deviation: 1));
        _guidance = config.Task == SegmentationTask.Avss ? new Stage1Guidance(transformer, m.HiddenDim) : null;
        _layers =
        [
            .. Enumerable.Range(0, m.DecoderLayers - 1).Select(i => new MaskedAttentionDecoderLayer(decoder / "layers" / i, config)),
        ];
        _reading = config.TextChannels is { } text
            ? [.. Enumerable.Range(0, _layers.Length)
                .Select(i => new QueryTextAttention(transformer / "text_attn" / i, m.HiddenDim, text, m.NumAttentionHeads))]
            : null;
        _norm = new LayerNorm(decoder / "layernorm", m.HiddenDim);
        _maskPredictor = new MaskPredictor(decoder / "mask_predictor", m);
        _classPredictor = new Linear((root / "model" / "class_predictor").As(Role.Head), m.HiddenDim, config.NumLabels + 1);
    }

    protected override QueryDecoderOutput Compute(QueryDecoderInputs inputs)
    {
        (Handover<IReadOnlyList<Tensor>> levels, Tensor maskFeatures, Tensor audio, Tensor? stage1Mask, bool auxiliary) = inputs;
        IReadOnlyList<Tensor> maps = levels.Value;
        (int H, int W)[] sizes = [.. maps.Select(m => (m.Shape[1], m.Shape[2]))];
        int count = sizes.Length;
        var values = new Tensor[count];
        var keys = new Tensor[count];
        for (int i = 0; i < count; i++)
            (keys[i], values[i]) = Level(maps[i].HandOver(), i, stage1Mask);

        Tensor queryPosition = _queries.Position();
        Tensor x = _queries.Forward(audio);
        var predictions = new List<QueryPrediction> { Predict(x, maskFeatures) };
        for (int i = 0; i < _layers.Length; i++)
        {
            (int h, int w) = sizes[i % count];
            Tensor blocked = i == 0 && _guidance is not null
                ? Stage1Guidance.FirstAttentionMask(stage1Mask!, h, w)
                : MaskPredictor.AttentionMask(predictions[^1].MaskLogits, h, w);
            if (inputs.Text is { } text)
                x = _reading![i].Forward(new(x, queryPosition, text));
            MaskedAttentionDecoderLayer layer = _layers[i];
            x = ActivationCheckpoint.Layer(
                read => layer.Forward(new(read[0], read[1], read[2], read[3], read[4])),
                x, queryPosition, keys[i % count], values[i % count], blocked);
            if (!auxiliary)
            {
                foreach (Tensor unread in predictions[^1].Tensors)
                    unread.Dispose();
                predictions.Clear();
            }
            predictions.Add(Predict(x, maskFeatures));
        }
        return new QueryDecoderOutput(predictions);
    }

    // A map's tokens, with the level's embedding, are the values, and with their positions the keys.
    private (Tensor Keys, Tensor Values) Level(Handover<Tensor> input, int level, Tensor? stage1Mask)
    {
        using var scope = new TensorScope();
        Tensor map = input.Value;
        (int b, int h, int w) = (map.Shape[0], map.Shape[1], map.Shape[2]);
        Tensor tokens = scope.Keep(Ops.Add(Ops.Reshape(map, b, h * w, _channels), Ops.Narrow(_levelEmbed, 0, level, 1)));
        map.Dispose();
        Tensor position = SinePositionEmbedding.Get(_store, h, w, _channels / 2);
        if (_guidance is not null)
            position = Ops.Add(position, _guidance.PositionEmbedding(stage1Mask!, h, w));
        return (scope.Keep(Ops.Add(tokens, position)), tokens);
    }

    private QueryPrediction Predict(Tensor queries, Tensor maskFeatures)
    {
        using ProfilerSpan span = Profiler.Module("prediction");
        Tensor normed = _norm.Forward(queries);
        return new QueryPrediction(_classPredictor.Forward(normed), _maskPredictor.Forward(new(normed, maskFeatures)));
    }
}
