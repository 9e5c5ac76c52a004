namespace SspNative.Model.OpticalFlow.Perceiver;

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
    private readonly float _scale;
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
        _scale = 1f / MathF.Sqrt(attentionChannels / heads);
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
        Tensor attended = Ops.Attention(_query.Forward(normed), _key.Forward(normed), _value.Forward(normed), _heads);
        return scope.Keep(Finish(_out.Forward(attended, residual: Residual(x))));
    }

    /// <summary>Cross attention to projected inputs.</summary>
    public Tensor Forward(Tensor x, Tensor keys, Tensor values)
    {
        using var scope = new TensorScope();
        Tensor attended = Ops.Attention(_query.Forward(_hiddenNorm.Forward(x)), keys, values, _heads);
        return scope.Keep(Finish(_out.Forward(attended, residual: Residual(x))));
    }

    /// <summary>
    /// Cross attention of one head to the pixels of a grid, whose channels are [features ; rowsᵢ + columnsⱼ]. The projections and the affine part of
    /// the inputs' norm are made of the few hidden states: with key Wk·(γ·x̂ + β) + bk, q·key = (q·Wk ∘ γ)·x̂ + const, and
    /// Σ P·value = Wv·(γ·Σ P·x̂ + β) + bv. Without gradients; see <see cref="Ops.GridAttention"/>.
    /// </summary>
    /// <param name="x">Hidden states (B,N,C).</param>
    /// <param name="features">(B,H·W,F).</param>
    /// <param name="rows">(H,E), F+E being the input channels.</param>
    /// <param name="columns">(W,E).</param>
    /// <exception cref="InvalidOperationException">It would be recorded, or the layer has several heads or no norm of inputs.</exception>
    public Tensor ForwardToGrid(Tensor x, Tensor features, Tensor rows, Tensor columns)
    {
        if (_heads > 1 || _inputNorm is null)
            throw new InvalidOperationException($"attention to a grid is for cross attention of one head, not {_heads}");
        using var scope = new TensorScope();
        Tensor query = Ops.Mul(Ops.MatMul(_query.Forward(_hiddenNorm.Forward(x)), _key.Weight), _inputNorm.Weight);
        Tensor pixels = Ops.GridAttention(query, features, rows, columns, _scale, _inputNorm.Epsilon);
        Tensor attended = _value.Forward(Ops.Add(Ops.Mul(pixels, _inputNorm.Weight), _inputNorm.Bias));
        return scope.Keep(Finish(_out.Forward(attended, residual: Residual(x))));
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
        return scope.Keep(Finish(_out.Forward(Ops.Reshape(attended, batch, tokens, channels), residual: Residual(x))));
    }

    /// <summary>
    /// Cross attention of one head of the pixels of a grid, whose channels are [features ; rowsᵢ + columnsⱼ], to few inputs (B,M,inputChannels): a
    /// function of features and rows, so that many pixels can go through it some rows at a time. The projections are made of the few:
    /// (Wq·(γ·x̂ + β) + bq)·k = x̂·(γ ∘ k·Wq) + (Wq·β + bq)·k, and P·v·Woᵀ + bo = P·(v·Woᵀ + bo). Without gradients; see <see cref="Ops.GridQueryAttention"/>.
    /// </summary>
    /// <exception cref="InvalidOperationException">It would be recorded, or the layer has several heads or a residual.</exception>
    public Func<Tensor, Tensor, Tensor> OfGrid(Tensor inputs, Tensor columns)
    {
        if (_heads > 1 || _residual)
            throw new InvalidOperationException($"attention of a grid is for cross attention of one head without a residual, not {_heads} heads");
        (Tensor keys, Tensor values) = Project(inputs);
        Tensor absorbed = Ops.Mul(Ops.MatMul(keys, _query.Weight), _hiddenNorm.Weight);
        Tensor constant = _query.Forward(Ops.Reshape(_hiddenNorm.Bias, 1, -1));
        Tensor bias = Ops.Reshape(Ops.MatMul(keys, constant, transposeB: true), keys.Shape[0], keys.Shape[1]);
        Tensor outputs = _out.Forward(values);
        return (features, rows) =>
        {
            using var scope = new TensorScope();
            return scope.Keep(Finish(
                Ops.GridQueryAttention(features, rows, columns, absorbed, bias, outputs, _scale, _hiddenNorm.Epsilon)));
        };
    }

    private Tensor? Residual(Tensor x) => _residual ? x : null;

    private Tensor Finish(Tensor h) => _mlp.Forward(_mlpNorm.Forward(h), residual: h);
}
