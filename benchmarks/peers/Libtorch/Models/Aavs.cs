using SspNative.Peers.Models;
using static TorchSharp.torch;

namespace SspNative.Peers.Libtorch.Models;

/// <summary>AAVS, task <c>avs</c>: Swin with adapters, Mask2Former's decoders, audio queries.</summary>
internal sealed class Aavs
{
    private readonly SwinBackbone _backbone;
    private readonly PixelDecoder _pixelDecoder;
    private readonly QueryDecoder _queryDecoder;

    public Aavs(Weights weights, AavsSizes sizes)
    {
        Weights.Path pixelLevel = weights.Root / "model" / "model" / "pixel_level_module";
        _backbone = new SwinBackbone(pixelLevel / "encoder", sizes.Swin);
        _pixelDecoder = new PixelDecoder(pixelLevel / "decoder", sizes);
        _queryDecoder = new QueryDecoder(weights.Root, sizes);
    }

    /// <summary>The backbone's maps, the levels and final features of the pixel decoder, all predictions.</summary>
    public (Tensor[] Maps, Tensor[] Levels, Tensor MaskFeatures, IReadOnlyList<Prediction> Predictions) Features(Tensor images, Tensor audio)
    {
        Tensor[] maps = _backbone.Forward(images);
        (Tensor[] levels, Tensor maskFeatures) = _pixelDecoder.Forward(maps);
        return (maps, levels, maskFeatures, _queryDecoder.Forward(levels, maskFeatures, audio));
    }

    /// <param name="images">(B,3,H,W).</param>
    /// <param name="audio">VGGish (B,128).</param>
    public IReadOnlyList<Prediction> Forward(Tensor images, Tensor audio) => Features(images, audio).Predictions;
}
