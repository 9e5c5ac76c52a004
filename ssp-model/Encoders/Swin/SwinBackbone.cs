using SspNative.Model.Config;

namespace SspNative.Model.Encoders.Swin;

/// <summary>What the backbone returns.</summary>
/// <param name="Maps">(B,H/4,W/4,C), (B,H/8,W/8,2C), (B,H/16,W/16,4C) and (B,H/32,W/32,8C).</param>
public sealed record SwinOutput(IReadOnlyList<Tensor> Maps) : ITensors
{
    public IEnumerable<Tensor> Tensors => Maps;
}

/// <summary>
/// Swin transformer (Liu et al. 2021) as Mask2Former's backbone, with AAVS's adapters. Four feature maps, strides 4, 8, 16 and
/// 32, each with a LayerNorm of its own, taken before the stage's downsampling. It reads images (B,H,W,3), which it frees as soon as they are embedded.
/// </summary>
public sealed class SwinBackbone : Layer<Handover<Tensor>, SwinOutput>
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

    protected override SwinOutput Compute(Handover<Tensor> input)
    {
        Tensor images = input.Value;
        int p = _config.PatchSize;
        Tensor x = TensorScope.Run(() => _norm.Forward(_projection.Forward(
            Ops.Pad2d(images, (images.Shape[1] + p - 1) / p * p, (images.Shape[2] + p - 1) / p * p))));
        images.Dispose();
        var maps = new Tensor[_blocks.Length];
        for (int s = 0; s < _blocks.Length; s++)
        {
            using ProfilerSpan stage = Profiler.Module("stage", s + 1);
            foreach (SwinBlock block in _blocks[s])
                x = x.ReplacedBy(ActivationCheckpoint.Layer(inputs => block.Forward(inputs[0]), x));
            maps[s] = _outputNorms[s].Forward(x);
            if (_downsamples[s] is { } downsample)
                x = x.ReplacedBy(downsample.Forward(x));
        }
        return new SwinOutput(maps);
    }
}
