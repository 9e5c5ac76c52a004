using SspNative.Model.Media;

namespace SspNative.Model.Preprocessing;

/// <summary>
/// What CLIP's vision encoder is fed: the shorter side to 224 by PIL bicubic (the longer side truncated to an integer), the
/// centre 224×224, /255, then CLIP's mean and standard deviation. Source: OpenAI's CLIP and its image processor.
/// </summary>
public static class ClipImageProcessor
{
    /// <summary>Height and width of the result.</summary>
    public const int Size = 224;

    private static readonly double[] _mean = [0.48145466, 0.4578275, 0.40821073];
    private static readonly double[] _std = [0.26862954, 0.26130258, 0.27577711];

    /// <summary>(H,W,3) bytes → (3,size,size) floats, written to <paramref name="pixels"/>.</summary>
    /// <param name="size">Another side than CLIP-B/16's 224, for small models.</param>
    /// <exception cref="InputException">The picture is so narrow that it would be too large then.</exception>
    public static void Process(Image image, Span<float> pixels, int size = Size)
    {
        int shorter = Math.Min(image.Width, image.Height);
        int width = (int)((long)size * image.Width / shorter), height = (int)((long)size * image.Height / shorter);
        if ((long)width * height > PictureHeader.MaxPixels)
            throw new InputException($"a picture of {image.Width}×{image.Height} is too narrow: CLIP makes the shorter side {size} pixels");
        Image resized = PilResize.Resize(image, width, height, ResampleFilter.Bicubic);
        PixelNormalisation.Apply(resized, (width - size) / 2, (height - size) / 2, size, size, Normalise, pixels);
    }

    private static float Normalise(int channel, byte value) => (float)((value / 255.0 - _mean[channel]) / _std[channel]);
}
