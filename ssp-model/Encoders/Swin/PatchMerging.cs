using SspNative.Model.Config;

namespace SspNative.Model.Encoders.Swin;

/// <summary>
/// Joins each 2×2 block into one token and halves the resolution: (B,H,W,C) → (B,⌈H/2⌉,⌈W/2⌉,4C) → LN → 2C. The block is read
/// column by column, as published.
/// </summary>
internal sealed class PatchMerging(ParameterPath path, SwinConfig config, int channels) : Layer("downsample")
{
    private readonly LayerNorm _norm = new(path / "norm", 4 * channels, config.LayerNormEps);
    private readonly Linear _reduction = new(path / "reduction", 4 * channels, 2 * channels, bias: false);

    protected override Tensor Compute(Tensor x)
    {
        int b = x.Shape[0], h = (x.Shape[1] + 1) / 2, w = (x.Shape[2] + 1) / 2;
        Tensor blocks = Ops.Reshape(Ops.Pad2d(x, 2 * h, 2 * w), b, h, 2, w, 2, channels);
        Tensor merged = Ops.Reshape(Ops.Permute(blocks, 0, 1, 3, 4, 2, 5), b, h, w, 4 * channels);
        return _reduction.Forward(_norm.Forward(merged));
    }
}
