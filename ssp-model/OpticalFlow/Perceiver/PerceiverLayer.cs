namespace SspNative.Model.OpticalFlow.Perceiver;

/// <summary>
/// What every Perceiver layer has: attention of normalised hidden states to normalised inputs or to themselves, an output projection, then + MLP(LN(x)).
/// </summary>
internal sealed class PerceiverParts
{
    private readonly LayerNorm _mlpNorm;
    private readonly Mlp _mlp;

    /// <param name="path">The layer's prefix.</param>
    /// <param name="channels">Channels of the hidden states.</param>
    /// <param name="inputChannels">Channels of the inputs, or null for self attention.</param>
    /// <param name="attentionChannels">Channels of queries, keys and values.</param>
    /// <param name="widening">MLP width as a multiple of the channels.</param>
    public PerceiverParts(ParameterPath path, int channels, int? inputChannels, int attentionChannels, int widening)
    {
        ParameterPath self = path / "attention" / "self";
        HiddenNorm = new LayerNorm(self / "layernorm1", channels);
        InputNorm = inputChannels is { } c ? new LayerNorm(self / "layernorm2", c) : null;
        // Where the other side is a grid, latents are multiplied by these two instead of pixels.
        Query = new Linear(self / "query", channels, attentionChannels, isRead: inputChannels is not null);
        Key = new Linear(self / "key", inputChannels ?? channels, attentionChannels, isRead: inputChannels is not null);
        Value = new Linear(self / "value", inputChannels ?? channels, attentionChannels);
        Out = new Linear(path / "attention" / "output" / "dense", attentionChannels, channels);
        _mlpNorm = new LayerNorm(path / "layernorm", channels);
        _mlp = new Mlp(path / "mlp" / "dense1", path / "mlp" / "dense2", channels, channels * widening, Activation.Gelu);
    }

    public LayerNorm HiddenNorm { get; }

    public LayerNorm? InputNorm { get; }

    public Linear Query { get; }

    public Linear Key { get; }

    public Linear Value { get; }

    public Linear Out { get; }

    /// <summary>h + MLP(LN(h)).</summary>
    public Tensor FeedForward(Tensor h) => _mlp.Forward(_mlpNorm.Forward(h), residual: h);
}

/// <summary>A layer of self attention with residuals: (B,N,C) → (B,N,C).</summary>
public sealed class PerceiverLayer(ParameterPath path, int channels, int heads, int widening) : Layer("layer")
{
    private readonly PerceiverParts _parts = new(path, channels, null, channels, widening);

    protected override Tensor Compute(Tensor x)
    {
        Tensor normed = _parts.HiddenNorm.Forward(x);
        Tensor attended = Ops.Attention(_parts.Query.Forward(normed), _parts.Key.Forward(normed), _parts.Value.Forward(normed), heads);
        return _parts.FeedForward(_parts.Out.Forward(attended, residual: x));
    }
}
