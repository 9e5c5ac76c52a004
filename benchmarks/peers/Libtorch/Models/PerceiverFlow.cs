using SspNative.Peers.Libtorch.Kernels;
using SspNative.Peers.Models;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace SspNative.Peers.Libtorch.Models;

/// <summary>Perceiver IO for optical flow: patch pairs (B,2,27,H,W) → flow (B,H,W,2). The position encoding is made once.</summary>
internal sealed class PerceiverFlow
{
    private const int PatchInputs = 54, PatchChannels = 64, Bands = 64, Inputs = PatchChannels + 2 + 4 * Bands;
    private const double Rescale = 100;

    private readonly Linear _patches;
    private readonly Parameter _latents;
    private readonly PerceiverLayer _encoder;
    private readonly PerceiverLayer[] _selfAttends;
    private readonly PerceiverLayer _decoder;
    private readonly Linear _final;
    private readonly Tensor _position;

    public PerceiverFlow(Weights weights, PerceiverSizes sizes)
    {
        Weights.Path root = weights.Root / "perceiver", encoder = root / "encoder", decoder = root / "decoder" / "decoder";
        _patches = (root / "input_preprocessor" / "conv_after_patches").Linear(PatchInputs, PatchChannels);
        _latents = (root / "embeddings").Parameter("latents", sizes.NumLatents, sizes.DLatents);
        _encoder = new PerceiverLayer(encoder / "cross_attention", sizes.DLatents, Inputs, Inputs, 1, residual: true);
        _selfAttends =
        [
            .. Enumerable.Range(0, sizes.NumSelfAttendsPerBlock).Select(i => new PerceiverLayer(
                encoder / "self_attends" / i, sizes.DLatents, null, sizes.DLatents, sizes.NumSelfAttentionHeads, residual: true)),
        ];
        _decoder = new PerceiverLayer(decoder / "decoding_cross_attention", Inputs, sizes.DLatents, sizes.DLatents, 1, residual: false);
        _final = (decoder / "final_layer").Linear(Inputs, 2);
        _position = FourierPosition(sizes.TrainSize[0], sizes.TrainSize[1]);
    }

    public Tensor Forward(Tensor patches)
    {
        using DisposeScope scope = NewDisposeScope();
        long b = patches.shape[0], h = patches.shape[3], w = patches.shape[4];
        Tensor pixels = _patches.forward(patches.permute(0, 3, 4, 1, 2).reshape(b, h * w, PatchInputs));
        Tensor inputs = cat([pixels, _position.expand(b, -1, -1)], 2);
        pixels.Dispose();
        Tensor latents = _encoder.Forward(_latents.expand(b, -1, -1), inputs);
        foreach (PerceiverLayer layer in _selfAttends)
        {
            Tensor next = layer.Forward(latents, null);
            latents.Dispose();
            latents = next;
        }
        Tensor decoded = _decoder.Forward(inputs, latents);
        return _final.forward(decoded).div(Rescale).view(b, h, w, 2).MoveToOuterDisposeScope();
    }

    // (y, x), sines, cosines; frequencies from 1 to half the resolution: (1, H·W, 2+4·bands).
    private static Tensor FourierPosition(int height, int width)
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor[] grid = meshgrid([linspace(-1, 1, height), linspace(-1, 1, width)]);
        Tensor position = stack(grid, -1).view(height * width, 2);
        Tensor frequencies = stack([linspace(1, height / 2.0, Bands), linspace(1, width / 2.0, Bands)], 0);
        Tensor angles = (position.unsqueeze(-1) * frequencies.unsqueeze(0)).flatten(1) * Math.PI;
        return cat([position, angles.sin(), angles.cos()], -1).unsqueeze(0).DetachFromDisposeScope();
    }
}

/// <summary>Attention of LN(x) to LN(inputs), or to itself, an optional residual, then + MLP(LN(x)).</summary>
internal sealed class PerceiverLayer
{
    private readonly Weights _weights;
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

    public PerceiverLayer(Weights.Path path, int channels, int? inputs, int attentionChannels, int heads, bool residual)
    {
        Weights.Path self = path / "attention" / "self";
        (_weights, _heads, _residual) = (path.Owner, heads, residual);
        _hiddenNorm = (self / "layernorm1").LayerNorm(channels);
        _inputNorm = inputs is { } c ? (self / "layernorm2").LayerNorm(c) : null;
        _query = (self / "query").Linear(channels, attentionChannels);
        _key = (self / "key").Linear(inputs ?? channels, attentionChannels);
        _value = (self / "value").Linear(inputs ?? channels, attentionChannels);
        _out = (path / "attention" / "output" / "dense").Linear(attentionChannels, channels);
        _mlpNorm = (path / "layernorm").LayerNorm(channels);
        _mlp = new Mlp(path / "mlp" / "dense1", path / "mlp" / "dense2", channels, channels, Mlp.Gelu);
    }

    public Tensor Forward(Tensor x, Tensor? inputs)
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor h = Attend(x, inputs);
        if (_residual)
        {
            Tensor sum = h + x;
            h.Dispose();
            h = sum;
        }
        using Tensor normed = _mlpNorm.forward(h);
        using Tensor mlp = _mlp.Forward(normed);
        return (h + mlp).MoveToOuterDisposeScope();
    }

    private Tensor Attend(Tensor x, Tensor? inputs)
    {
        using DisposeScope scope = NewDisposeScope();
        using Tensor hidden = _hiddenNorm.forward(x);
        using Tensor read = inputs is null ? hidden.alias() : _inputNorm!.forward(inputs);
        using Tensor q = _query.forward(hidden), k = _key.forward(read), v = _value.forward(read);
        // Large here: the normed pixels are freed before the scores are made.
        hidden.Dispose();
        read.Dispose();
        using Tensor attended = _weights.Attention.Apply(
            AttentionForm.Split(q, _heads), AttentionForm.Split(k, _heads), AttentionForm.Split(v, _heads));
        return _out.forward(AttentionForm.Merge(attended)).MoveToOuterDisposeScope();
    }
}
