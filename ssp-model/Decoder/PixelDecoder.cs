using SspNative.Model.Config;

namespace SspNative.Model.Decoder;

/// <summary>What the pixel decoder hands on, channels-last.</summary>
/// <param name="Levels">Maps of strides 32, 16 and 8 with FeatureSize channels.</param>
/// <param name="MaskFeatures">The final features of stride 4 (B,h,w,MaskFeatureSize).</param>
public sealed record PixelDecoderOutput(IReadOnlyList<Tensor> Levels, Tensor MaskFeatures) : ITensors
{
    public IEnumerable<Tensor> Tensors => [.. Levels, MaskFeatures];
}

/// <summary>
/// Mask2Former's pixel decoder: 1×1 projections of strides 32, 16 and 8, deformable attention across them, and one feature
/// pyramid step to stride 4. It reads the backbone's maps of strides 4, 8, 16 and 32, each of which it frees as soon as it is projected.
/// </summary>
public sealed class PixelDecoder : Layer<Handover<IReadOnlyList<Tensor>>, PixelDecoderOutput>
{
    private const int LevelCount = 3;

    private readonly ParameterStore _store;
    private readonly int _channels;
    private readonly (Conv2d Conv, GroupNorm Norm)[] _inputProjections;
    private readonly Tensor _levelEmbed;
    private readonly DeformableEncoderLayer[] _layers;
    private readonly Conv2d _maskProjection;
    private readonly (Conv2d Conv, GroupNorm Norm) _lateral;
    private readonly (Conv2d Conv, GroupNorm Norm) _output;

    public PixelDecoder(ParameterPath path, AavsConfig config)
        : base("pixel decoder")
    {
        Mask2FormerConfig m = config.Mask2former;
        _store = path.Store;
        _channels = m.FeatureSize;
        _levelEmbed = path.Get("level_embed", [LevelCount, _channels], Init.Uniform(deviation: 1));
        _inputProjections = new (Conv2d, GroupNorm)[LevelCount];
        for (int i = 0; i < LevelCount; i++)
        {
            ParameterPath projection = path / "input_projections" / i;
            _inputProjections[i] = (
                new Conv2d(projection / 0, config.Swin.Channels(LevelCount - i), _channels, 1),
                new GroupNorm(projection / 1, Mask2FormerConfig.NormGroups, _channels));
        }
        _layers = [.. Enumerable.Range(0, m.EncoderLayers).Select(i => new DeformableEncoderLayer(path / "encoder" / "layers" / i, config))];
        _maskProjection = new Conv2d(path / "mask_projection", _channels, m.MaskFeatureSize, 1);
        _lateral = (
            new Conv2d(path / "adapter_1" / 0, config.Swin.Channels(0), _channels, 1, bias: false),
            new GroupNorm(path / "adapter_1" / 1, Mask2FormerConfig.NormGroups, _channels));
        _output = (
            new Conv2d(path / "layer_1" / 0, _channels, _channels, 3, padding: 1, bias: false),
            new GroupNorm(path / "layer_1" / 1, Mask2FormerConfig.NormGroups, _channels));
    }

    protected override PixelDecoderOutput Compute(Handover<IReadOnlyList<Tensor>> input)
    {
        IReadOnlyList<Tensor> features = input.Value;
        (int H, int W)[] levels = [.. Enumerable.Range(1, LevelCount).Select(i => (features[^i].Shape[1], features[^i].Shape[2]))];
        Tensor[] maps = Maps(Encode(features, levels).HandOver(), levels);
        return new PixelDecoderOutput(maps, MaskFeatures(maps[^1], features[0].HandOver()));
    }

    // The tokens of all levels → a map (B,h,w,C) of each.
    private Tensor[] Maps(Handover<Tensor> input, (int H, int W)[] levels)
    {
        using var scope = new TensorScope();
        Tensor tokens = input.Value;
        var maps = new Tensor[LevelCount];
        int start = 0;
        for (int i = 0; i < LevelCount; i++)
        {
            (int h, int w) = levels[i];
            maps[i] = scope.Keep(Ops.Reshape(Ops.Narrow(tokens, 1, start, h * w), tokens.Shape[0], h, w, _channels));
            start += h * w;
        }
        tokens.Dispose();
        return maps;
    }

    // The tokens of all levels, one after the other, after attention across them.
    private Tensor Encode(IReadOnlyList<Tensor> features, (int H, int W)[] levels)
    {
        using var scope = new TensorScope();
        Tensor x = Tokens(features), position = Positions(levels);
        foreach (DeformableEncoderLayer layer in _layers)
            x = x.ReplacedBy(ActivationCheckpoint.Layer(inputs => layer.Forward(new(inputs[0], inputs[1], levels)), x, position));
        return scope.Keep(x);
    }

    // The projected maps as tokens (B,S,C).
    private Tensor Tokens(IReadOnlyList<Tensor> features)
    {
        using var scope = new TensorScope();
        var tokens = new Tensor[LevelCount];
        for (int i = 0; i < LevelCount; i++)
        {
            Tensor map = Apply(_inputProjections[i], features[^(i + 1)].HandOver());
            tokens[i] = Ops.Reshape(map, map.Shape[0], map.Shape[1] * map.Shape[2], _channels);
        }
        return scope.Keep(Ops.Concat(tokens, 1));
    }

    // Position plus level embedding of all tokens (1,S,C).
    private Tensor Positions((int H, int W)[] levels)
    {
        using var scope = new TensorScope();
        var positions = new Tensor[LevelCount];
        for (int i = 0; i < LevelCount; i++)
        {
            (int h, int w) = levels[i];
            positions[i] = TensorScope.Run(() => Ops.Add(
                SinePositionEmbedding.Get(_store, h, w, _channels / 2), Ops.Narrow(_levelEmbed, 0, i, 1)));
        }
        return scope.Keep(Ops.Concat(positions, 1));
    }

    // The largest maps of the decoder: no more than two of them live at a time at inference.
    private Tensor MaskFeatures(Tensor map, Handover<Tensor> feature)
    {
        using var scope = new TensorScope();
        Tensor x = Apply(_lateral, feature);
        x = x.ReplacedBy(Ops.UpsampleAdd(map, x));
        x = Apply(_output, x.HandOver());
        x = x.ReplacedBy(Ops.Relu(x));
        return scope.Keep(_maskProjection.Forward(x));
    }

    private static Tensor Apply((Conv2d Conv, GroupNorm Norm) layer, Handover<Tensor> input)
    {
        Tensor x = input.Value.ReplacedBy(layer.Conv.Forward(input.Value));
        return x.ReplacedBy(layer.Norm.Forward(x));
    }
}
