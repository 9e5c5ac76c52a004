using SspNative.Peers.Libtorch.Kernels;
using SspNative.Peers.Models;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace SspNative.Peers.Libtorch.Models;

/// <summary>
/// Masked cross attention to one level, self attention with AAVS's adapter in place of its output projection, feed-forward; post-norm.
/// </summary>
internal sealed class MaskedDecoderLayer
{
    private readonly Weights _weights;
    private readonly int _heads;
    private readonly long _channels;
    private readonly Parameter _inWeight;
    private readonly Parameter _inBias;
    private readonly Linear _crossOut;
    private readonly LayerNorm _crossNorm;
    private readonly Linear _query;
    private readonly Linear _key;
    private readonly Linear _value;
    private readonly Mlp _adapter;
    private readonly LayerNorm _selfNorm;
    private readonly Mlp _feedForward;
    private readonly LayerNorm _finalNorm;

    public MaskedDecoderLayer(Weights.Path path, Mask2FormerSizes sizes)
    {
        int c = sizes.HiddenDim;
        Weights.Path cross = path / "cross_attn", self = path / "self_attn";
        (_weights, _heads, _channels) = (path.Owner, sizes.NumAttentionHeads, c);
        _inWeight = cross.Parameter("in_proj_weight", 3 * c, c);
        _inBias = cross.Parameter("in_proj_bias", 3 * c);
        _crossOut = (cross / "out_proj").Linear(c, c);
        _crossNorm = (path / "cross_attn_layer_norm").LayerNorm(c);
        _query = (self / "q_proj").Linear(c, c);
        _key = (self / "k_proj").Linear(c, c);
        _value = (self / "v_proj").Linear(c, c);
        _adapter = Mlp.Adapter(self / "avs_adapt", c);
        _selfNorm = (path / "self_attn_layer_norm").LayerNorm(c);
        _feedForward = new Mlp(path / "fc1", path / "fc2", c, sizes.DimFeedforward, Mlp.Relu);
        _finalNorm = (path / "final_layer_norm").LayerNorm(c);
    }

    /// <param name="x">Queries (B,N,C).</param>
    /// <param name="queryPosition">(1,N,C).</param>
    /// <param name="level">Tokens (B,M,C).</param>
    /// <param name="levelPosition">(1,M,C).</param>
    /// <param name="seen">Booleans (B,1,N,M).</param>
    public Tensor Forward(Tensor x, Tensor queryPosition, Tensor level, Tensor levelPosition, Tensor seen)
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor attended = Attend(InProjection(0, x + queryPosition), InProjection(1, level + levelPosition), InProjection(2, level), seen);
        x = _crossNorm.forward(x + _crossOut.forward(attended));
        Tensor positioned = x + queryPosition;
        attended = Attend(_query.forward(positioned), _key.forward(positioned), _value.forward(x), null);
        x = _selfNorm.forward(x + _adapter.Forward(attended));
        return _finalNorm.forward(x + _feedForward.Forward(x)).MoveToOuterDisposeScope();
    }

    private Tensor InProjection(int part, Tensor x) => nn.functional.linear(
        x, _inWeight.narrow(0, part * _channels, _channels), _inBias.narrow(0, part * _channels, _channels));

    private Tensor Attend(Tensor q, Tensor k, Tensor v, Tensor? seen) => AttentionForm.Merge(_weights.Attention.Apply(
        AttentionForm.Split(q, _heads), AttentionForm.Split(k, _heads), AttentionForm.Split(v, _heads), seen));
}
