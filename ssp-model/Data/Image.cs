using SkiaSharp;

namespace SspNative.Model.Data;

/// <summary>A picture of 8-bit RGB: <see cref="Rgb"/> holds rows from the top, three bytes a pixel, (H,W,3).</summary>
public sealed class Image
{
    /// <summary>What a file may claim at most, 16384×16384: a small damaged file must not ask for all memory.</summary>
    private const long MaxPixels = 1L << 28;

    public Image(int width, int height)
        : this(width, height, new byte[checked(width * height * 3)])
    {
    }

    /// <exception cref="ArgumentException">A side is not positive, or the bytes are not width·height·3.</exception>
    public Image(int width, int height, byte[] rgb)
    {
        if (width <= 0 || height <= 0 || rgb.LongLength != (long)width * height * 3)
            throw new ArgumentException($"an image of {width}×{height} cannot hold {rgb.LongLength} bytes of RGB");
        Width = width;
        Height = height;
        Rgb = rgb;
    }

    public int Width { get; }

    public int Height { get; }

    public byte[] Rgb { get; }

    /// <summary>The three bytes of the pixel at column x of row y.</summary>
    public Span<byte> this[int x, int y] => Rgb.AsSpan((y * Width + x) * 3, 3);

    /// <summary>Reads a PNG or JPEG. Transparency is dropped, not blended, and the EXIF orientation is not applied.</summary>
    /// <exception cref="InputException">The file is missing or holds no readable picture.</exception>
    public static Image Load(string path)
    {
        if (!File.Exists(path))
            throw new InputException($"{path}: no such file");
        using SKCodec? codec = SKCodec.Create(path, out SKCodecResult opened);
        if (codec is null)
            throw new InputException($"{path}: not a readable picture ({opened})");

        if ((long)codec.Info.Width * codec.Info.Height > MaxPixels)
            throw new InputException($"{path}: {codec.Info.Width}×{codec.Info.Height} pixels are too many");
        var info = new SKImageInfo(codec.Info.Width, codec.Info.Height, SKColorType.Rgba8888, SKAlphaType.Unpremul);
        SKCodecResult decoded = codec.GetPixels(info, out byte[] rgba);
        if (decoded != SKCodecResult.Success)
            throw new InputException($"{path}: the picture is damaged ({decoded})");
        return FromRgba(info.Width, info.Height, rgba);
    }

    /// <summary>Writes a true-colour PNG, making the folder when there is none.</summary>
    public void SavePng(string path)
    {
        using ProfilerSpan span = Profiler.Module("write png");
        var info = new SKImageInfo(Width, Height, SKColorType.Rgba8888, SKAlphaType.Opaque);
        using SKImage picture = SKImage.FromPixelCopy(info, ToRgba());
        using SKData png = picture.Encode(SKEncodedImageFormat.Png, 100);
        Directory.CreateDirectory(Path.GetDirectoryName(Path.GetFullPath(path))!);
        using FileStream file = File.Create(path);
        png.SaveTo(file);
    }

    /// <summary>The picture as JPEG bytes, for services that take pictures over HTTP.</summary>
    /// <param name="quality">1 (small) to 100 (faithful).</param>
    public byte[] ToJpeg(int quality = 90)
    {
        var info = new SKImageInfo(Width, Height, SKColorType.Rgba8888, SKAlphaType.Opaque);
        using SKImage picture = SKImage.FromPixelCopy(info, ToRgba());
        using SKData jpeg = picture.Encode(SKEncodedImageFormat.Jpeg, quality);
        return jpeg.ToArray();
    }

    /// <summary>The window of width×height whose corner is at column left of row top, as a picture of its own.</summary>
    public Image Crop(int left, int top, int width, int height)
    {
        var crop = new Image(width, height);
        for (int y = 0; y < height; y++)
            Rgb.AsSpan(((top + y) * Width + left) * 3, width * 3).CopyTo(crop.Rgb.AsSpan(y * width * 3));
        return crop;
    }

    private static Image FromRgba(int width, int height, byte[] rgba)
    {
        var image = new Image(width, height);
        for (int i = 0, o = 0; o < image.Rgb.Length; i += 4, o += 3)
            rgba.AsSpan(i, 3).CopyTo(image.Rgb.AsSpan(o));
        return image;
    }

    private byte[] ToRgba()
    {
        byte[] rgba = new byte[Width * Height * 4];
        for (int i = 0, o = 0; i < Rgb.Length; i += 3, o += 4)
        {
            Rgb.AsSpan(i, 3).CopyTo(rgba.AsSpan(o));
            rgba[o + 3] = 255;
        }
        return rgba;
    }
}
