using SspNative.Model.Config;

namespace SspNative.Model.Decoder;

/// <summary>What a layer of the query decoder reads.</summary>
/// <param name="X">Queries (B,N,C).</param>
/// <param name="QueryPosition">Their position embedding (1,N,C).</param>
/// <param name="Keys">Tokens of the level plus their position embedding (B,M,C).</param>
/// <param name="Values">Tokens of the level (B,M,C).</param>
/// <param name="Mask">Bytes (B,N,M), 1 = may not attend.</param>
internal readonly record struct QueriesAndLevel(Tensor X, Tensor QueryPosition, Tensor Keys, Tensor Values, Tensor Mask);

/// <summary>
/// One layer of Mask2Former's transformer decoder, post-norm: masked cross attention to one level, self attention among
/// queries, feed-forward: (B,N,C) → (B,N,C).
/// </summary>
internal sealed class MaskedAttentionDecoderLayer : Layer<QueriesAndLevel>
{
    private readonly int _heads;
    private readonly MultiHeadAttention _crossAttention;
    private readonly LayerNorm _crossNorm;
    private readonly Linear _queryProj;
    private readonly Linear _keyProj;
    private readonly Linear _valueProj;
    private readonly Linear? _outProj;
    private readonly AvsAdapter _adapter;
    private readonly LayerNorm _selfNorm;
    private readonly Mlp _feedForward;
    private readonly LayerNorm _finalNorm;

    public MaskedAttentionDecoderLayer(ParameterPath path, AavsConfig config)
        : base("layer")
    {
        int c = config.Mask2former.HiddenDim;
        ParameterPath self = path / "self_attn";
        _heads = config.Mask2former.NumAttentionHeads;
        _crossAttention = new MultiHeadAttention(path / "cross_attn", c, _heads);
        _crossNorm = new LayerNorm(path / "cross_attn_layer_norm", c);
        _queryProj = new Linear(self / "q_proj", c, c);
        _keyProj = new Linear(self / "k_proj", c, c);
        _valueProj = new Linear(self / "v_proj", c, c);
        // As in the pixel decoder, avs skips the output projection.
        _outProj = config.Task == SegmentationTask.Avss ? new Linear(self / "out_proj", c, c) : null;
        _adapter = new AvsAdapter(self / "avs_adapt", c);
        _selfNorm = new LayerNorm(path / "self_attn_layer_norm", c);
        _feedForward = new Mlp(path / "fc1", path / "fc2", c, config.Mask2former.DimFeedforward, Activation.Relu);
        _finalNorm = new LayerNorm(path / "final_layer_norm", c);
    }

    protected override Tensor Compute(QueriesAndLevel inputs)
    {
        (Tensor x, Tensor queryPosition, Tensor keys, Tensor values, Tensor mask) = inputs;
        x = _crossNorm.Forward(_crossAttention.Forward(new(Ops.Add(x, queryPosition), keys, values, mask, Residual: x)));
        x = _selfNorm.Forward(SelfAttention(x, queryPosition));
        return _finalNorm.Forward(_feedForward.Forward(x, residual: x));
    }

    private Tensor SelfAttention(Tensor x, Tensor queryPosition)
    {
        Tensor positioned = Ops.Add(x, queryPosition);
        Tensor attended = Ops.Attention(
            _queryProj.Forward(positioned), _keyProj.Forward(positioned), _valueProj.Forward(x), _heads);
        return _adapter.Forward(_outProj is null ? attended : _outProj.Forward(attended), residual: x);
    }
}
