using SspNative.Model.Media;

namespace SspNative.Model.Preprocessing;

/// <summary>
/// What the segmentation model is fed: the frame stretched to 384×384 by PIL bilinear whatever its shape, /255, then
/// ImageNet's mean and standard deviation. Source: the Mask2Former image processor of transformers 4.35.2 with the
/// settings that Stepping Stones publishes.
/// </summary>
public static class Mask2FormerImageProcessor
{
    /// <summary>Height and width of the result.</summary>
    public const int Size = 384;

    private static readonly float[] _mean = [0.485f, 0.456f, 0.406f];
    private static readonly float[] _std = [0.229f, 0.224f, 0.225f];

    /// <summary>(H,W,3) bytes → (3,<paramref name="height"/>,<paramref name="width"/>) floats, written to <paramref name="pixels"/>.</summary>
    public static void Process(Image image, Span<float> pixels, int height = Size, int width = Size)
    {
        Image resized = PilResize.Resize(image, width, height, ResampleFilter.Bilinear);
        PixelNormalisation.Apply(resized, 0, 0, width, height, Normalise, pixels);
    }

    /// <summary>In single precision step by step, as the published processor rounds.</summary>
    private static float Normalise(int channel, byte value) => ((float)(value * (1.0 / 255)) - _mean[channel]) / _std[channel];
}
