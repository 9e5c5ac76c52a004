using SspNative.Model.Config;

namespace SspNative.Model.Encoders.Clip;

/// <summary>A pre-norm transformer layer: x + attention(LN(x)), then + MLP(LN(x)): (B,N,C) → (B,N,C).</summary>
internal sealed class ClipEncoderLayer : Layer
{
    private readonly int _heads;
    private readonly LayerNorm _norm1;
    private readonly Linear _query;
    private readonly Linear _key;
    private readonly Linear _value;
    private readonly Linear _out;
    private readonly LayerNorm _norm2;
    private readonly Mlp _mlp;

    public ClipEncoderLayer(ParameterPath path, ClipVisionConfig config)
        : base("layer")
    {
        int c = config.HiddenSize;
        ParameterPath attention = path / "self_attn", mlp = path / "mlp";
        _heads = config.NumAttentionHeads;
        _norm1 = new LayerNorm(path / "layer_norm1", c, config.LayerNormEps);
        _query = new Linear(attention / "q_proj", c, c);
        _key = new Linear(attention / "k_proj", c, c);
        _value = new Linear(attention / "v_proj", c, c);
        _out = new Linear(attention / "out_proj", c, c);
        _norm2 = new LayerNorm(path / "layer_norm2", c, config.LayerNormEps);
        _mlp = new Mlp(mlp / "fc1", mlp / "fc2", c, config.IntermediateSize, Activations.Parse(config.HiddenAct));
    }

    protected override Tensor Compute(Tensor x)
    {
        Tensor h = _norm1.Forward(x);
        Tensor attended = Ops.Attention(_query.Forward(h), _key.Forward(h), _value.Forward(h), _heads);
        x = _out.Forward(attended, residual: x);
        return _mlp.Forward(_norm2.Forward(x), residual: x);
    }
}
