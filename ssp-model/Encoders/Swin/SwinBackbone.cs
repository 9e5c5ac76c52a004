using SspNative.Model.Config;

namespace SspNative.Model.Encoders.Swin;

/// <summary>What the backbone reads.</summary>
/// <param name="Images">(B,H,W,3), which are freed as soon as they are embedded.</param>
/// <param name="AttentionScales">
/// Stochastic depth (Huang et al. 2016): what scales each image's attention in each block (blocks,B), 0 where the image skips it; null: all is 1.
/// Published training draws them so in every block, with one probability, and leaves the blocks' second branch alone.
/// </param>
public readonly record struct SwinInputs(Handover<Tensor> Images, float[]? AttentionScales = null);

/// <summary>What the backbone returns.</summary>
/// <param name="Maps">(B,H/4,W/4,C), (B,H/8,W/8,2C), (B,H/16,W/16,4C) and (B,H/32,W/32,8C).</param>
public sealed record SwinOutput(IReadOnlyList<Tensor> Maps) : ITensors
{
    public IEnumerable<Tensor> Tensors => Maps;
}

/// <summary>
/// Swin transformer (Liu et al. 2021) as Mask2Former's backbone, with AAVS's adapters. Four feature maps, strides 4, 8, 16 and
/// 32, each with a LayerNorm of its own, taken before the stage's downsampling.
/// </summary>
public sealed class SwinBackbone : Layer<SwinInputs, SwinOutput>
{
    private readonly SwinConfig _config;
    private readonly Conv2d _projection;
    private readonly LayerNorm _norm;
    private readonly SwinBlock[][] _blocks;
    private readonly PatchMerging?[] _downsamples;
    private readonly LayerNorm[] _outputNorms;

    public SwinBackbone(ParameterPath path, SwinConfig config)
        : base("swin")
    {
        _config = config;
        ParameterPath embeddings = path / "embeddings";
        _projection = new Conv2d(embeddings / "patch_embeddings" / "projection", 3, config.EmbedDim, config.PatchSize, config.PatchSize);
        _norm = new LayerNorm(embeddings / "norm", config.EmbedDim);
        int stages = config.Depths.Count;
        _blocks = new SwinBlock[stages][];
        _downsamples = new PatchMerging?[stages];
        _outputNorms = new LayerNorm[stages];
        for (int s = 0; s < stages; s++)
        {
            ParameterPath stage = path / "encoder" / "layers" / s;
            int channels = config.Channels(s);
            _blocks[s] = new SwinBlock[config.Depths[s]];
            for (int i = 0; i < config.Depths[s]; i++)
            {
                int shift = i % 2 == 0 ? 0 : config.WindowSize / 2;
                _blocks[s][i] = new SwinBlock(stage / "blocks" / i, config, channels, config.NumHeads[s], shift);
            }
            if (s < stages - 1)
                _downsamples[s] = new PatchMerging(stage / "downsample", config, channels);
        }
        for (int s = 0; s < stages; s++)
            _outputNorms[s] = new LayerNorm(path / "hidden_states_norms" / $"stage{s + 1}", config.Channels(s));
    }

    protected override SwinOutput Compute(SwinInputs inputs)
    {
        Tensor images = inputs.Images.Value;
        int batch = images.Shape[0], blocks = 0;
        if (inputs.AttentionScales is { } scales && scales.Length != _config.Depths.Sum() * batch)
            throw new ArgumentException($"swin: {scales.Length} attention scales, not one for each of {_config.Depths.Sum()} blocks and {batch} images");
        int p = _config.PatchSize;
        Tensor x = TensorScope.Run(() => _norm.Forward(_projection.Forward(
            Ops.Pad2d(images, (images.Shape[1] + p - 1) / p * p, (images.Shape[2] + p - 1) / p * p))));
        images.Dispose();
        var maps = new Tensor[_blocks.Length];
        for (int s = 0; s < _blocks.Length; s++)
        {
            using ProfilerSpan stage = Profiler.Module("stage", s + 1);
            foreach (SwinBlock block in _blocks[s])
                x = x.ReplacedBy(ActivationCheckpoint.Layer(
                    read => block.Forward(new(read[0], read.Length > 1 ? read[1] : null)), [x, .. ScaleOf(inputs, batch, blocks++, x.Device)]));
            maps[s] = _outputNorms[s].Forward(x);
            if (_downsamples[s] is { } downsample)
                x = x.ReplacedBy(downsample.Forward(x));
        }
        return new SwinOutput(maps);
    }

    // (B,1,1,1), or none.
    private static Tensor[] ScaleOf(SwinInputs inputs, int batch, int block, IDevice device) => inputs.AttentionScales is { } scales
        ? [Tensor.FromArray(scales[(block * batch)..((block + 1) * batch)], [batch, 1, 1, 1], device)]
        : [];
}
