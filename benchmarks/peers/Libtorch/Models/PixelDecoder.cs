using SspNative.Peers.Libtorch.Kernels;
using SspNative.Peers.Models;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace SspNative.Peers.Libtorch.Models;

/// <summary>
/// Mask2Former's pixel decoder: deformable attention across strides 32, 16 and 8, then one pyramid step to stride 4, all maps (B,C,h,w).
/// </summary>
internal sealed class PixelDecoder
{
    private const int LevelCount = 3, NormGroups = 32;

    private readonly (Conv2d Conv, GroupNorm Norm)[] _inputs;
    private readonly Parameter _levelEmbed;
    private readonly SinePosition _sine;
    private readonly DeformableEncoderLayer[] _layers;
    private readonly (Conv2d Conv, GroupNorm Norm) _lateral;
    private readonly (Conv2d Conv, GroupNorm Norm) _output;
    private readonly Conv2d _maskProjection;

    public PixelDecoder(Weights.Path path, AavsSizes sizes)
    {
        int c = sizes.Mask2former.FeatureSize;
        _inputs =
        [
            .. Enumerable.Range(0, LevelCount).Select(i => (
                (path / "input_projections" / i / 0).Conv2d(sizes.Swin.EmbedDim << (LevelCount - i), c, 1),
                (path / "input_projections" / i / 1).GroupNorm(NormGroups, c))),
        ];
        _levelEmbed = path.Parameter("level_embed", LevelCount, c);
        _sine = new SinePosition(c / 2);
        _layers =
        [
            .. Enumerable.Range(0, sizes.Mask2former.EncoderLayers).Select(i => new DeformableEncoderLayer(
                path / "encoder" / "layers" / i, sizes.Mask2former)),
        ];
        _lateral = ((path / "adapter_1" / 0).Conv2d(sizes.Swin.EmbedDim, c, 1, bias: false), (path / "adapter_1" / 1).GroupNorm(NormGroups, c));
        _output = ((path / "layer_1" / 0).Conv2d(c, c, 3, padding: 1, bias: false), (path / "layer_1" / 1).GroupNorm(NormGroups, c));
        _maskProjection = (path / "mask_projection").Conv2d(c, sizes.Mask2former.MaskFeatureSize, 1);
    }

    /// <summary>Backbone maps → levels of strides 32, 16 and 8, and the final features of stride 4.</summary>
    public (Tensor[] Levels, Tensor MaskFeatures) Forward(Tensor[] features)
    {
        using DisposeScope scope = NewDisposeScope();
        var tokens = new Tensor[LevelCount];
        var positions = new Tensor[LevelCount];
        var levels = new (int H, int W)[LevelCount];
        for (int i = 0; i < LevelCount; i++)
        {
            Tensor map = features[^(i + 1)];
            levels[i] = ((int)map.shape[2], (int)map.shape[3]);
            tokens[i] = Apply(_inputs[i], map).flatten(2).transpose(1, 2);
            positions[i] = _sine.Get(levels[i].H, levels[i].W) + _levelEmbed.narrow(0, i, 1);
        }
        Tensor x = cat(tokens, 1), position = cat(positions, 1);
        foreach (DeformableEncoderLayer layer in _layers)
            x = layer.Forward(x, position, levels);

        Tensor[] parts = x.split([.. levels.Select(l => (long)l.H * l.W)], 1);
        Tensor[] maps = [.. parts.Select((part, i) => part.transpose(1, 2).reshape(x.shape[0], -1, levels[i].H, levels[i].W))];
        Tensor lateral = Apply(_lateral, features[0]);
        Tensor up = nn.functional.interpolate(maps[^1], lateral.shape[2..], mode: InterpolationMode.Bilinear, align_corners: false);
        Tensor final = _maskProjection.forward(nn.functional.relu(Apply(_output, lateral + up)));
        foreach (Tensor map in maps)
            map.MoveToOuterDisposeScope();
        return (maps, final.MoveToOuterDisposeScope());
    }

    private static Tensor Apply((Conv2d Conv, GroupNorm Norm) layer, Tensor x)
    {
        using Tensor y = layer.Conv.forward(x);
        return layer.Norm.forward(y);
    }
}

/// <summary>
/// Deformable self attention over the tokens of three levels, AAVS's adapter in place of the output projection, feed-forward; post-norm.
/// </summary>
internal sealed class DeformableEncoderLayer
{
    private const int Levels = 3, Points = 4;

    private readonly int _heads;
    private readonly Linear _offsets;
    private readonly Linear _attention;
    private readonly Linear _value;
    private readonly Mlp _adapter;
    private readonly LayerNorm _attentionNorm;
    private readonly Mlp _feedForward;
    private readonly LayerNorm _finalNorm;

    public DeformableEncoderLayer(Weights.Path path, Mask2FormerSizes sizes)
    {
        int c = sizes.FeatureSize, samples = sizes.NumAttentionHeads * Levels * Points;
        Weights.Path self = path / "self_attn";
        _heads = sizes.NumAttentionHeads;
        _offsets = (self / "sampling_offsets").Linear(c, 2 * samples);
        _attention = (self / "attention_weights").Linear(c, samples);
        _value = (self / "value_proj").Linear(c, c);
        _adapter = Mlp.Adapter(self / "avs_adapt", c);
        _attentionNorm = (path / "self_attn_layer_norm").LayerNorm(c);
        _feedForward = new Mlp(path / "fc1", path / "fc2", c, sizes.EncoderFeedforwardDim, Mlp.Relu);
        _finalNorm = (path / "final_layer_norm").LayerNorm(c);
    }

    public Tensor Forward(Tensor x, Tensor position, (int H, int W)[] levels)
    {
        using DisposeScope scope = NewDisposeScope();
        long b = x.shape[0], s = x.shape[1];
        Tensor query = x + position;
        Tensor value = _value.forward(x).view(b, s, _heads, -1);
        Tensor offsets = _offsets.forward(query).view(b, s, _heads, Levels, Points, 2);
        Tensor weights = nn.functional.softmax(_attention.forward(query).view(b, s, _heads, Levels * Points), -1).view(b, s, _heads, Levels, Points);
        Tensor sides = tensor(levels.SelectMany(l => (float[])[l.W, l.H]).ToArray(), [1, 1, 1, Levels, 1, 2]);
        Tensor locations = ReferencePoints(levels) + offsets / sides;
        Tensor attended = _adapter.Forward(DeformableAttention.Apply(value, levels, locations, weights));
        x = _attentionNorm.forward(x + attended);
        return _finalNorm.forward(x + _feedForward.Forward(x)).MoveToOuterDisposeScope();
    }

    // The centre of each token as (x,y) in 0…1: (1,S,1,1,1,2).
    private static Tensor ReferencePoints((int H, int W)[] levels) => cat(
        [
            .. levels.Select(l =>
            {
                Tensor[] grid = meshgrid([(arange(l.H) + 0.5) / l.H, (arange(l.W) + 0.5) / l.W]);
                return stack([grid[1], grid[0]], -1).view(-1, 2);
            }),
        ]).to(ScalarType.Float32).view(1, -1, 1, 1, 1, 2);
}
