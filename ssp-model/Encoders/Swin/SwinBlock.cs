using SspNative.Model.Config;

namespace SspNative.Model.Encoders.Swin;

/// <summary>What a block reads.</summary>
/// <param name="X">(B,H,W,C).</param>
/// <param name="AttentionScale">What scales each image's attention (B,1,1,1); null is 1.</param>
public readonly record struct SwinBlockInputs(Tensor X, Tensor? AttentionScale);

/// <summary>x + s·attention(LN(x)), then + MLP(LN(x)), each branch ending in an adapter: (B,H,W,C) → (B,H,W,C).</summary>
public sealed class SwinBlock : Layer<SwinBlockInputs>
{
    private readonly LayerNorm _normBefore;
    private readonly SwinAttention _attention;
    private readonly LayerNorm _normAfter;
    private readonly Mlp _mlp;
    private readonly SwinAdapter? _adapter;

    public SwinBlock(ParameterPath path, SwinConfig config, int channels, int heads, int shift)
        : base("block")
    {
        _normBefore = new LayerNorm(path / "layernorm_before", channels, config.LayerNormEps);
        _attention = new SwinAttention(path / "attention", config, channels, heads, shift);
        _normAfter = new LayerNorm(path / "layernorm_after", channels, config.LayerNormEps);
        _mlp = new Mlp(
            path / "intermediate" / "dense", path / "output" / "dense", channels, (int)(channels * config.MlpRatio), Activation.Gelu);
        _adapter = config.Adapters ? new SwinAdapter(path / "output" / "swin_adapt_3", channels) : null;
    }

    protected override Tensor Compute(SwinBlockInputs inputs)
    {
        Tensor x = inputs.X;
        Tensor h = TensorScope.Run(() => Ops.Add(x, Attend(x, inputs.AttentionScale)));
        Tensor normed = _normAfter.Forward(h);
        if (_adapter is null)
            return _mlp.Forward(normed, residual: h);
        Tensor y = normed.ReplacedBy(_mlp.Forward(normed));
        return Ops.Add(h, y.ReplacedBy(_adapter.Forward(y)));
    }

    private Tensor Attend(Tensor x, Tensor? scale)
    {
        Tensor attention = _attention.Forward(_normBefore.Forward(x).HandOver());
        return scale is null ? attention : Ops.Mul(attention, scale);
    }
}
