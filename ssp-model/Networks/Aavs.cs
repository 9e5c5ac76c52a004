using SspNative.Model.Config;
using SspNative.Model.Decoder;
using SspNative.Model.Encoders.Swin;

namespace SspNative.Model.Networks;

/// <summary>
/// AAVS (Stepping Stones, ECCV 2024), the baseline that SSP extends: Swin with adapters, pixel decoder, audio queries and the
/// masked-attention decoder. Frames are the batch axis; nothing attends across time.
/// </summary>
public sealed class Aavs
{
    private readonly AavsConfig _config;
    private readonly SwinBackbone _backbone;
    private readonly PixelDecoder _pixelDecoder;
    private readonly QueryDecoder _queryDecoder;

    public Aavs(ParameterPath root, AavsConfig config)
    {
        ParameterPath pixelLevel = root / "model" / "model" / "pixel_level_module";
        _config = config;
        _backbone = new SwinBackbone(pixelLevel / "encoder", config.Swin);
        _pixelDecoder = new PixelDecoder(pixelLevel / "decoder", config);
        _queryDecoder = new QueryDecoder(root, config);
    }

    /// <summary>Normalised images (B,3,H,W), channels first as published, to features.</summary>
    /// <param name="pixelValues">The images.</param>
    /// <param name="attentionScales">As for <see cref="SwinInputs"/>.</param>
    public PixelDecoderOutput Encode(Tensor pixelValues, float[]? attentionScales = null)
    {
        using var scope = new TensorScope();
        PixelDecoderOutput pixels = DecodePixels(EncodeBackbone(pixelValues, attentionScales).HandOver());
        scope.Keep(pixels);
        return pixels;
    }

    /// <summary>Normalised images (B,3,H,W) → the backbone's maps (B,h,w,C) of strides 4, 8, 16 and 32.</summary>
    public IReadOnlyList<Tensor> EncodeBackbone(Tensor pixelValues, float[]? attentionScales = null) =>
        _backbone.Forward(new(Ops.ToChannelsLast(pixelValues).HandOver(), attentionScales)).Maps;

    /// <summary>The backbone's maps → features.</summary>
    public PixelDecoderOutput DecodePixels(Handover<IReadOnlyList<Tensor>> maps) => _pixelDecoder.Forward(maps);

    /// <summary>
    /// Task <c>avss</c> adds the binary stage's mask b (B,H,W) to every channel of the final features; task <c>avs</c> changes nothing.
    /// </summary>
    public Tensor AddStage1Mask(Tensor maskFeatures, Tensor? stage1Mask)
    {
        if (_config.Task == SegmentationTask.Avs)
            return maskFeatures;
        using var scope = new TensorScope();
        Tensor guidance = Stage1Guidance.Resize(Required(stage1Mask), maskFeatures.Shape[1], maskFeatures.Shape[2]);
        return scope.Keep(Ops.Add(maskFeatures, guidance));
    }

    /// <param name="levels">The pixel decoder's maps.</param>
    /// <param name="maskFeatures">Its final features, guided.</param>
    /// <param name="audio">VGGish (B,128).</param>
    /// <param name="stage1Mask">The binary stage's mask (B,H,W) in 0…1, required by task <c>avss</c>.</param>
    /// <param name="auxiliary">Whether the predictions before the last one, which training's loss reads, are returned too.</param>
    /// <param name="text">What queries read where the configuration has <see cref="AavsConfig.TextChannels"/>.</param>
    public IReadOnlyList<QueryPrediction> Decode(
        Handover<IReadOnlyList<Tensor>> levels, Tensor maskFeatures, Tensor audio, Tensor? stage1Mask, bool auxiliary = false, TextTokens? text = null) =>
        _queryDecoder.Forward(
            new(levels, maskFeatures, audio, _config.Task == SegmentationTask.Avs ? null : Required(stage1Mask), auxiliary)
            {
                Text = _config.TextChannels is null ? null : text,
            }).Predictions;

    private static Tensor Required(Tensor? stage1Mask) =>
        stage1Mask ?? throw new ArgumentNullException(nameof(stage1Mask), "task avss needs the binary stage's mask");
}
