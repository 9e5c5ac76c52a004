using SspNative.Model.Config;

namespace SspNative.Model.Encoders.Clip;

/// <summary>What CLIP's vision transformer returns.</summary>
/// <param name="LastHiddenState">Class token and patches (B,1+P,C), not normalised.</param>
/// <param name="PoolerOutput">The normalised class token (B,C).</param>
public sealed record ClipVisionOutput(Tensor LastHiddenState, Tensor PoolerOutput) : ITensors
{
    public IEnumerable<Tensor> Tensors => [LastHiddenState, PoolerOutput];
}

/// <summary>
/// CLIP's vision transformer (Radford et al. 2021), names as in openai/clip-vit-base-patch16. It reads normalised images
/// (B,3,ImageSize,ImageSize), channels first.
/// </summary>
public sealed class ClipVision : Layer<Tensor, ClipVisionOutput>
{
    private static readonly Initializer _init = Init.Uniform(deviation: 0.02);

    private readonly ClipVisionConfig _config;
    private readonly Tensor _classEmbedding;
    private readonly Conv2d _patchEmbedding;
    private readonly Tensor _positionEmbedding;
    private readonly LayerNorm _preNorm;
    private readonly ClipEncoderLayer[] _layers;
    private readonly LayerNorm _postNorm;

    public ClipVision(ParameterPath root, ClipVisionConfig config)
        : base("clip")
    {
        _config = config;
        ParameterPath path = root / "vision_model", embeddings = path / "embeddings";
        int side = config.ImageSize / config.PatchSize, c = config.HiddenSize;
        _classEmbedding = embeddings.Get("class_embedding", [c], Init.Zeros);
        _patchEmbedding = new Conv2d(embeddings / "patch_embedding", 3, c, config.PatchSize, config.PatchSize, bias: false, init: _init);
        _positionEmbedding = (embeddings / "position_embedding").Get("weight", [side * side + 1, c], _init);
        _preNorm = new LayerNorm(path / "pre_layrnorm", c, config.LayerNormEps);
        _layers = [.. Enumerable.Range(0, config.NumHiddenLayers).Select(i => new ClipEncoderLayer(path / "encoder" / "layers" / i, config))];
        _postNorm = new LayerNorm(path / "post_layernorm", c, config.LayerNormEps);
    }

    protected override ClipVisionOutput Compute(Tensor pixelValues)
    {
        int b = pixelValues.Shape[0], c = _config.HiddenSize;
        if (pixelValues.Shape[2] != _config.ImageSize || pixelValues.Shape[3] != _config.ImageSize)
            throw new ArgumentException($"clip: images are {pixelValues.Shape} but the model takes {_config.ImageSize}×{_config.ImageSize}");
        Tensor patches = _patchEmbedding.Forward(Ops.ToChannelsLast(pixelValues));
        Tensor tokens = Ops.Reshape(patches, b, patches.Shape[1] * patches.Shape[2], c);
        Tensor cls = Ops.Expand(Ops.Reshape(_classEmbedding, 1, 1, c), [b, 1, c]);
        Tensor x = _preNorm.Forward(Ops.Add(Ops.Concat([cls, tokens], 1), _positionEmbedding));
        foreach (ClipEncoderLayer layer in _layers)
            x = layer.Forward(x);
        Tensor pooled = _postNorm.Forward(Ops.Reshape(Ops.Narrow(x, 1, 0, 1), b, c));
        return new ClipVisionOutput(x, pooled);
    }
}
