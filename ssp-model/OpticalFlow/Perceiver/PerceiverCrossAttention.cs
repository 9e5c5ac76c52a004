namespace SspNative.Model.OpticalFlow.Perceiver;

/// <summary>What a layer of cross attention reads.</summary>
/// <param name="X">Hidden states (B,N,C).</param>
/// <param name="Inputs">What they attend to (B,M,inputChannels).</param>
internal readonly record struct CrossAttentionInputs(Tensor X, Tensor Inputs);

/// <summary>
/// A layer of cross attention: (B,N,C) → (B,N,C). Besides the published form, which <see cref="Layer{TInput, TOutput}.Forward"/> runs, it has one for each
/// side that is the pixels of a grid, whose channels are [features ; rowsᵢ + columnsⱼ]: there the projections are made of the few latents instead of the
/// many pixels. Those are for one head, and without gradients.
/// </summary>
internal sealed class PerceiverCrossAttention : Layer<CrossAttentionInputs>
{
    private readonly PerceiverParts _parts;
    private readonly LayerNorm _inputNorm;
    private readonly int _heads;
    private readonly float _scale;
    private readonly bool _residual;

    /// <param name="path">The layer's prefix.</param>
    /// <param name="channels">Channels of the hidden states.</param>
    /// <param name="inputChannels">Channels of the inputs.</param>
    /// <param name="attentionChannels">Channels of queries, keys and values.</param>
    /// <param name="widening">MLP width as a multiple of the channels.</param>
    /// <param name="residual">Whether the hidden states are added to the attention's output.</param>
    /// <param name="module">The layer's name in a profile; null where the part around it is enough.</param>
    public PerceiverCrossAttention(
        ParameterPath path, int channels, int inputChannels, int attentionChannels, int heads, int widening, bool residual, string? module = null)
        : base(module)
    {
        _parts = new PerceiverParts(path, channels, inputChannels, attentionChannels, widening);
        _inputNorm = _parts.InputNorm!;
        _heads = heads;
        _scale = 1f / MathF.Sqrt(attentionChannels / heads);
        _residual = residual;
    }

    protected override Tensor Compute(CrossAttentionInputs inputs)
    {
        (Tensor keys, Tensor values) = Project(inputs.Inputs);
        Tensor attended = Ops.Attention(_parts.Query.Forward(_parts.HiddenNorm.Forward(inputs.X)), keys, values, _heads);
        return Finish(attended, inputs.X);
    }

    /// <summary>
    /// The layer where the inputs are a grid. With key Wk·(γ·x̂ + β) + bk, q·key = (q·Wk ∘ γ)·x̂ + const, and
    /// Σ P·value = Wv·(γ·Σ P·x̂ + β) + bv. See <see cref="Ops.GridKeyAttention"/>.
    /// </summary>
    /// <param name="x">Hidden states (B,N,C).</param>
    /// <param name="features">(B,H·W,F).</param>
    /// <param name="rows">(H,E), F+E being the input channels.</param>
    /// <param name="columns">(W,E).</param>
    /// <exception cref="InvalidOperationException">It would be recorded, or the layer has several heads.</exception>
    public Tensor ForwardToGrid(Tensor x, Tensor features, Tensor rows, Tensor columns)
    {
        RequireOneHead();
        using var scope = new TensorScope();
        Tensor query = Ops.Mul(Ops.MatMul(_parts.Query.Forward(_parts.HiddenNorm.Forward(x)), _parts.Key.Weight), _inputNorm.Weight);
        Tensor pixels = Ops.GridKeyAttention(query, features, rows, columns, _scale, _inputNorm.Epsilon);
        Tensor attended = _parts.Value.Forward(Ops.Add(Ops.Mul(pixels, _inputNorm.Weight), _inputNorm.Bias));
        return scope.Keep(Finish(attended, x));
    }

    /// <summary>
    /// The layer where the hidden states are a grid: a function of features and rows, so that many pixels can go through it some rows at a time.
    /// (Wq·(γ·x̂ + β) + bq)·k = x̂·(γ ∘ k·Wq) + (Wq·β + bq)·k, and P·v·Woᵀ + bo = P·(v·Woᵀ + bo). See <see cref="Ops.GridQueryAttention"/>.
    /// </summary>
    /// <param name="inputs">(B,M,inputChannels).</param>
    /// <param name="columns">(W,E).</param>
    /// <exception cref="InvalidOperationException">It would be recorded, or the layer has several heads or a residual.</exception>
    public Func<Tensor, Tensor, Tensor> OfGrid(Tensor inputs, Tensor columns)
    {
        RequireOneHead();
        if (_residual)
            throw new InvalidOperationException("attention of a grid is for cross attention without a residual");
        (Tensor keys, Tensor values) = Project(inputs);
        LayerNorm norm = _parts.HiddenNorm;
        Tensor absorbed = Ops.Mul(Ops.MatMul(keys, _parts.Query.Weight), norm.Weight);
        Tensor constant = _parts.Query.Forward(Ops.Reshape(norm.Bias, 1, -1));
        Tensor bias = Ops.Reshape(Ops.MatMul(keys, constant, transposeB: true), keys.Shape[0], keys.Shape[1]);
        Tensor outputs = _parts.Out.Forward(values);
        return (features, rows) =>
        {
            using var scope = new TensorScope();
            return scope.Keep(_parts.FeedForward(Ops.GridQueryAttention(features, rows, columns, absorbed, bias, outputs, _scale, norm.Epsilon)));
        };
    }

    // Keys and values of the inputs.
    private (Tensor Keys, Tensor Values) Project(Tensor inputs)
    {
        using var scope = new TensorScope();
        Tensor normed = _inputNorm.Forward(inputs);
        return (scope.Keep(_parts.Key.Forward(normed)), scope.Keep(_parts.Value.Forward(normed)));
    }

    private Tensor Finish(Tensor attended, Tensor x) => _parts.FeedForward(_parts.Out.Forward(attended, residual: _residual ? x : null));

    private void RequireOneHead()
    {
        if (_heads > 1)
            throw new InvalidOperationException($"attention to a grid, or of one, is for cross attention of one head, not {_heads}");
    }
}
