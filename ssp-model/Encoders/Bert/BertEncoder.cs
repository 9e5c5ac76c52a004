using SspNative.Model.Config;

namespace SspNative.Model.Encoders.Bert;

/// <summary>BERT's stack of layers, with cross attention for BLIP's text encoder.</summary>
public sealed class BertEncoder : Layer<BertTokens>
{
    private readonly BertLayer[] _layers;

    public BertEncoder(ParameterPath path, BertConfig config, bool crossAttention)
        : base("bert") =>
        _layers = [.. Enumerable.Range(0, config.NumHiddenLayers).Select(i => new BertLayer(path / "layer" / i, config, crossAttention))];

    protected override Tensor Compute(BertTokens tokens)
    {
        foreach (BertLayer layer in _layers)
            tokens = tokens with { X = layer.Forward(tokens) };
        return tokens.X;
    }

    /// <summary>An attention mask of ones and zeros (I64, 0 = padding) as the bytes that attention blocks.</summary>
    public static Tensor Blocked(Tensor attentionMask) => Tensor.FromArray(
        Array.ConvertAll(attentionMask.ToLongArray(), keep => (byte)(keep == 0 ? 1 : 0)), attentionMask.Shape, attentionMask.Device);
}
