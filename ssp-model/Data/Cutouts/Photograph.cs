using SspNative.Model.Data.Synthetic;
using SspNative.Model.Media;

namespace SspNative.Model.Data.Cutouts;

/// <summary>A photograph as an endless plane: beyond its borders it goes on mirrored.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Picture">The photograph.</param>
/// <param name="Zoom">Its pixels for a pixel of the frame, at most 1.</param>
/// <param name="X">Its column at the frame's corner.</param>
/// <param name="Y">Its row there.</param>
/// <param name="U">Pixels to the right a frame.</param>
/// <param name="V">Pixels downwards a frame.</param>
internal sealed record Photograph(string Name, Image Picture, double Zoom, double X, double Y, double U, double V) : Background(Name, U, V)
{
    /// <summary>For a pixel of a frame, how many of the photograph's pixels there are before it is drawn.</summary>
    public const double Margin = 1.6;

    /// <summary>A photograph at the size that frames need: its shorter side is <see cref="Margin"/> times theirs.</summary>
    /// <exception cref="InputException">It cannot be read.</exception>
    public static Image Load(string path, int size)
    {
        Image photograph = Image.Load(path);
        double scale = Margin * size / Math.Min(photograph.Width, photograph.Height);
        return PilResize.Resize(
            photograph, (int)Math.Ceiling(scale * photograph.Width), (int)Math.Ceiling(scale * photograph.Height), ResampleFilter.Bilinear);
    }

    public override Rgb At(double x, double y, int frame)
    {
        double px = X + Zoom * (x - U * frame), py = Y + Zoom * (y - V * frame);
        int x0 = (int)Math.Floor(px), y0 = (int)Math.Floor(py);
        return Pixel(x0, y0).Mix(Pixel(x0 + 1, y0), px - x0).Mix(Pixel(x0, y0 + 1).Mix(Pixel(x0 + 1, y0 + 1), px - x0), py - y0);
    }

    private Rgb Pixel(int x, int y)
    {
        ReadOnlySpan<byte> rgb = Picture[Mirrored(x, Picture.Width), Mirrored(y, Picture.Height)];
        return new Rgb(rgb[0] / 255.0, rgb[1] / 255.0, rgb[2] / 255.0);
    }

    private static int Mirrored(int at, int length)
    {
        int within = (at % (2 * length) + 2 * length) % (2 * length);
        return within < length ? within : 2 * length - 1 - within;
    }
}
