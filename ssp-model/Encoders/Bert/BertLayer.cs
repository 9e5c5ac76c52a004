using SspNative.Model.Config;

namespace SspNative.Model.Encoders.Bert;

/// <summary>
/// A post-norm transformer layer: self attention, cross attention to an encoder when one is given, feed-forward:
/// (B,S,C) → (B,S,C).
/// </summary>
public sealed class BertLayer
{
    private readonly BertAttention _attention;
    private readonly BertAttention? _crossAttention;
    private readonly Mlp _feedForward;
    private readonly LayerNorm _norm;

    public BertLayer(ParameterPath path, BertConfig config, bool crossAttention)
    {
        _attention = new BertAttention(path / "attention", config, config.HiddenSize);
        _crossAttention = crossAttention ? new BertAttention(path / "crossattention", config, config.EncoderHiddenSize) : null;
        _feedForward = new Mlp(
            path / "intermediate" / "dense", path / "output" / "dense", config.HiddenSize, config.IntermediateSize,
            Activations.Parse(config.HiddenAct));
        _norm = new LayerNorm(path / "output" / "LayerNorm", config.HiddenSize, config.LayerNormEps);
    }

    public Tensor Forward(Tensor x, Tensor? blocked, Tensor? encoder, Tensor? encoderBlocked)
    {
        using ProfilerSpan span = Profiler.Module("layer");
        using var scope = new TensorScope();
        x = _attention.Forward(x, x, blocked);
        if (encoder is not null && _crossAttention is not null)
            x = _crossAttention.Forward(x, encoder, encoderBlocked);
        return scope.Keep(_norm.Forward(_feedForward.Forward(x, residual: x)));
    }
}

/// <summary>LN(x + out(attention(x, source))): the attention of one BERT layer, to itself or to an encoder.</summary>
public sealed class BertAttention(ParameterPath path, BertConfig config, int sourceChannels)
{
    private readonly Linear _query = new(path / "self" / "query", config.HiddenSize, config.HiddenSize);
    private readonly Linear _key = new(path / "self" / "key", sourceChannels, config.HiddenSize);
    private readonly Linear _value = new(path / "self" / "value", sourceChannels, config.HiddenSize);
    private readonly Linear _out = new(path / "output" / "dense", config.HiddenSize, config.HiddenSize);
    private readonly LayerNorm _norm = new(path / "output" / "LayerNorm", config.HiddenSize, config.LayerNormEps);
    private readonly int _heads = config.NumAttentionHeads;

    /// <param name="x">(B,S,C).</param>
    /// <param name="source">(B,M,sourceChannels).</param>
    /// <param name="blocked">Bytes (B,M), 1 = padding.</param>
    public Tensor Forward(Tensor x, Tensor source, Tensor? blocked)
    {
        using var scope = new TensorScope();
        Tensor attended = Ops.Attention(_query.Forward(x), _key.Forward(source), _value.Forward(source), _heads, blocked);
        return scope.Keep(_norm.Forward(_out.Forward(attended, residual: x)));
    }
}
