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
    public PixelDecoderOutput Encode(Tensor pixelValues)
    {
        using var scope = new TensorScope();
        PixelDecoderOutput pixels = DecodePixels(EncodeBackbone(pixelValues));
        scope.Keep(pixels.Levels);
        scope.Keep(pixels.MaskFeatures);
        return pixels;
    }

    /// <summary>Normalised images (B,3,H,W) → the backbone's maps (B,h,w,C) of strides 4, 8, 16 and 32.</summary>
    public Tensor[] EncodeBackbone(Tensor pixelValues)
    {
        using var scope = new TensorScope();
        return scope.Keep(_backbone.Forward(Ops.ToChannelsLast(pixelValues)));
    }

    /// <summary>The backbone's maps, which are freed, → features.</summary>
    public PixelDecoderOutput DecodePixels(IReadOnlyList<Tensor> maps) => _pixelDecoder.Forward(maps);

    /// <summary>
    /// Task <c>avss</c> adds the binary stage's mask b (B,H,W) to every channel of the final features; task <c>avs</c> changes nothing.
    /// </summary>
    public PixelDecoderOutput Guide(PixelDecoderOutput pixels, Tensor? mask)
    {
        if (_config.Task == SegmentationTask.Avs)
            return pixels;
        using var scope = new TensorScope();
        Tensor final = pixels.MaskFeatures;
        Tensor guidance = MaskGuidance.Resize(Required(mask), final.Shape[1], final.Shape[2]);
        return pixels with { MaskFeatures = scope.Keep(Ops.Add(final, guidance)) };
    }

    /// <param name="pixels">Guided features, of which the levels are freed.</param>
    /// <param name="audio">VGGish (B,128).</param>
    /// <param name="mask">The binary stage's mask (B,H,W) in 0…1, required by task <c>avss</c>.</param>
    /// <param name="auxiliary">Whether the predictions before the last one, which training's loss reads, are returned too.</param>
    public IReadOnlyList<QueryPrediction> Decode(PixelDecoderOutput pixels, Tensor audio, Tensor? mask, bool auxiliary = false) =>
        _queryDecoder.Forward(pixels, audio, _config.Task == SegmentationTask.Avs ? null : Required(mask), auxiliary);

    private static Tensor Required(Tensor? mask) =>
        mask ?? throw new ArgumentNullException(nameof(mask), "task avss needs the binary stage's mask");
}
