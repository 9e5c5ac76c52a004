namespace SspNative.Model.Encoders.Perceiver;

/// <summary>
/// One Perceiver layer: attention of normalised hidden states to normalised inputs (or to themselves), output projection with
/// an optional residual, then + MLP(LN(x)): (B,N,C) → (B,N,C).
/// </summary>
public sealed class PerceiverLayer
{
    private readonly LayerNorm _hiddenNorm;
    private readonly LayerNorm? _inputNorm;
    private readonly Linear _query;
    private readonly Linear _key;
    private readonly Linear _value;
    private readonly Linear _out;
    private readonly LayerNorm _mlpNorm;
    private readonly Mlp _mlp;
    private readonly int _heads;
    private readonly bool _residual;

    /// <param name="path">The layer's prefix.</param>
    /// <param name="channels">Channels of the hidden states.</param>
    /// <param name="inputChannels">Channels of the inputs, or null for self attention.</param>
    /// <param name="attentionChannels">Channels of queries, keys and values.</param>
    /// <param name="heads">Heads.</param>
    /// <param name="widening">MLP width as a multiple of the channels.</param>
    /// <param name="residual">Whether the hidden states are added to the attention's output.</param>
    public PerceiverLayer(
        ParameterPath path, int channels, int? inputChannels, int attentionChannels, int heads, int widening, bool residual)
    {
        ParameterPath self = path / "attention" / "self";
        _hiddenNorm = new LayerNorm(self / "layernorm1", channels);
        _inputNorm = inputChannels is { } c ? new LayerNorm(self / "layernorm2", c) : null;
        _query = new Linear(self / "query", channels, attentionChannels);
        _key = new Linear(self / "key", inputChannels ?? channels, attentionChannels);
        _value = new Linear(self / "value", inputChannels ?? channels, attentionChannels);
        _out = new Linear(path / "attention" / "output" / "dense", attentionChannels, channels);
        _mlpNorm = new LayerNorm(path / "layernorm", channels);
        _mlp = new Mlp(path / "mlp" / "dense1", path / "mlp" / "dense2", channels, channels * widening, Activation.Gelu);
        _heads = heads;
        _residual = residual;
    }

    /// <summary>Keys and values of inputs (B,M,inputChannels), which many calls may share.</summary>
    public (Tensor Keys, Tensor Values) Project(Tensor inputs)
    {
        using var scope = new TensorScope();
        Tensor normed = _inputNorm is null ? inputs : _inputNorm.Forward(inputs);
        return (scope.Keep(_key.Forward(normed)), scope.Keep(_value.Forward(normed)));
    }

    /// <summary>Self attention.</summary>
    public Tensor Forward(Tensor x)
    {
        using ProfilerSpan span = Profiler.Module("layer");
        using var scope = new TensorScope();
        Tensor normed = _hiddenNorm.Forward(x);
        return scope.Keep(Finish(x, Ops.Attention(_query.Forward(normed), _key.Forward(normed), _value.Forward(normed), _heads)));
    }

    /// <summary>Cross attention to projected inputs.</summary>
    public Tensor Forward(Tensor x, Tensor keys, Tensor values)
    {
        using var scope = new TensorScope();
        return scope.Keep(Finish(x, Ops.Attention(_query.Forward(_hiddenNorm.Forward(x)), keys, values, _heads)));
    }

    /// <summary>
    /// Cross attention to inputs that exist a piece at a time: softmax over all keys is the pieces' own outputs, weighted head by head by the
    /// softmax of their log-sum-exps. Without gradients of queries, keys and values.
    /// </summary>
    /// <exception cref="InvalidOperationException">A piece's attention would be recorded.</exception>
    public Tensor ForwardInPieces(Tensor x, IEnumerable<int> starts, Func<int, Tensor> inputs)
    {
        using var scope = new TensorScope();
        Tensor query = _query.Forward(_hiddenNorm.Forward(x));
        int batch = query.Shape[0], tokens = query.Shape[1], channels = query.Shape[2];
        List<Tensor> outputs = [], sums = [];
        foreach (int start in starts)
        {
            using var piece = new TensorScope();
            (Tensor keys, Tensor values) = Project(inputs(start));
            (Tensor output, Tensor logSumExp) = Ops.AttentionWithLogSumExp(query, keys, values, _heads);
            outputs.Add(piece.Keep(Ops.Reshape(output, batch, tokens, _heads, channels / _heads)));
            sums.Add(piece.Keep(Ops.Reshape(Ops.Permute(logSumExp, 0, 2, 1), batch, tokens, _heads, 1)));
        }
        Tensor weights = Ops.Softmax(Ops.Concat(sums, 3));
        Tensor attended = Ops.Mul(outputs[0], Ops.Narrow(weights, 3, 0, 1));
        for (int i = 1; i < outputs.Count; i++)
            attended = Ops.Add(attended, Ops.Mul(outputs[i], Ops.Narrow(weights, 3, i, 1)));
        return scope.Keep(Finish(x, Ops.Reshape(attended, batch, tokens, channels)));
    }

    private Tensor Finish(Tensor x, Tensor attended)
    {
        Tensor h = _out.Forward(attended, residual: _residual ? x : null);
        return _mlp.Forward(_mlpNorm.Forward(h), residual: h);
    }
}
