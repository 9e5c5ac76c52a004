using SspNative.Model.Config;

namespace SspNative.Model.Encoders.Bert;

/// <summary>BERT's stack of layers, with cross attention for BLIP's text encoder.</summary>
public sealed class BertEncoder
{
    private readonly BertLayer[] _layers;

    public BertEncoder(ParameterPath path, BertConfig config, bool crossAttention) =>
        _layers = [.. Enumerable.Range(0, config.NumHiddenLayers).Select(i => new BertLayer(path / "layer" / i, config, crossAttention))];

    /// <param name="x">Embeddings (B,S,C).</param>
    /// <param name="blocked">Bytes (B,S), 1 = padding; none blocks nothing.</param>
    /// <param name="encoder">What cross attention reads, (B,M,E); none skips it.</param>
    /// <param name="encoderBlocked">Bytes (B,M), 1 = padding.</param>
    public Tensor Forward(Tensor x, Tensor? blocked, Tensor? encoder = null, Tensor? encoderBlocked = null)
    {
        using ProfilerSpan span = Profiler.Module("bert");
        using var scope = new TensorScope();
        foreach (BertLayer layer in _layers)
            x = layer.Forward(x, blocked, encoder, encoderBlocked);
        return scope.Keep(x);
    }

    /// <summary>An attention mask of ones and zeros (I64, 0 = padding) as the bytes that attention blocks.</summary>
    public static Tensor Blocked(Tensor attentionMask) => Tensor.FromArray(
        Array.ConvertAll(attentionMask.ToLongArray(), keep => (byte)(keep == 0 ? 1 : 0)), attentionMask.Shape, attentionMask.Device);
}
