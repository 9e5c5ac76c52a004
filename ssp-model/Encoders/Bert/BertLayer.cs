using SspNative.Model.Config;

namespace SspNative.Model.Encoders.Bert;

/// <summary>What BERT's layers read.</summary>
/// <param name="X">Tokens (B,S,C).</param>
/// <param name="Blocked">Bytes (B,S), 1 = padding; none blocks nothing.</param>
/// <param name="Encoder">What cross attention reads, (B,M,E); none skips it.</param>
/// <param name="EncoderBlocked">Bytes (B,M), 1 = padding.</param>
public readonly record struct BertTokens(Tensor X, Tensor? Blocked, Tensor? Encoder = null, Tensor? EncoderBlocked = null);

/// <summary>
/// A post-norm transformer layer: self attention, cross attention to an encoder when one is given, feed-forward:
/// (B,S,C) → (B,S,C).
/// </summary>
public sealed class BertLayer : Layer<BertTokens>
{
    private readonly BertAttention _attention;
    private readonly BertAttention? _crossAttention;
    private readonly Mlp _feedForward;
    private readonly LayerNorm _norm;

    public BertLayer(ParameterPath path, BertConfig config, bool crossAttention)
        : base("layer")
    {
        _attention = new BertAttention(path / "attention", config, config.HiddenSize);
        _crossAttention = crossAttention ? new BertAttention(path / "crossattention", config, config.EncoderHiddenSize) : null;
        _feedForward = new Mlp(
            path / "intermediate" / "dense", path / "output" / "dense", config.HiddenSize, config.IntermediateSize,
            Activations.Parse(config.HiddenAct));
        _norm = new LayerNorm(path / "output" / "LayerNorm", config.HiddenSize, config.LayerNormEps);
    }

    protected override Tensor Compute(BertTokens tokens)
    {
        Tensor x = _attention.Forward(new(tokens.X, tokens.X, tokens.Blocked));
        if (tokens.Encoder is not null && _crossAttention is not null)
            x = _crossAttention.Forward(new(x, tokens.Encoder, tokens.EncoderBlocked));
        return _norm.Forward(_feedForward.Forward(x, residual: x));
    }
}

/// <summary>What the attention of a BERT layer reads.</summary>
/// <param name="X">Tokens (B,S,C).</param>
/// <param name="Source">What they attend to (B,M,sourceChannels): themselves or an encoder.</param>
/// <param name="Blocked">Bytes (B,M), 1 = padding.</param>
internal readonly record struct BertAttentionInputs(Tensor X, Tensor Source, Tensor? Blocked);

/// <summary>LN(x + out(attention(x, source))): the attention of one BERT layer, to itself or to an encoder.</summary>
internal sealed class BertAttention(ParameterPath path, BertConfig config, int sourceChannels) : Layer<BertAttentionInputs>
{
    private readonly Linear _query = new(path / "self" / "query", config.HiddenSize, config.HiddenSize);
    private readonly Linear _key = new(path / "self" / "key", sourceChannels, config.HiddenSize);
    private readonly Linear _value = new(path / "self" / "value", sourceChannels, config.HiddenSize);
    private readonly Linear _out = new(path / "output" / "dense", config.HiddenSize, config.HiddenSize);
    private readonly LayerNorm _norm = new(path / "output" / "LayerNorm", config.HiddenSize, config.LayerNormEps);
    private readonly int _heads = config.NumAttentionHeads;

    protected override Tensor Compute(BertAttentionInputs inputs)
    {
        (Tensor x, Tensor source, Tensor? blocked) = inputs;
        Tensor attended = Ops.Attention(_query.Forward(x), _key.Forward(source), _value.Forward(source), _heads, blocked);
        return _norm.Forward(_out.Forward(attended, residual: x));
    }
}
