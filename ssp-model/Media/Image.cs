using SkiaSharp;
using SspNative.Model.Files;

namespace SspNative.Model.Media;

/// <summary>A picture of 8-bit RGB: <see cref="Rgb"/> holds rows from the top, three bytes a pixel, (H,W,3).</summary>
public sealed class Image
{
    /// <summary>A black picture.</summary>
    /// <exception cref="ArgumentException">A side is not positive, or the picture too large for one array.</exception>
    public Image(int width, int height)
        : this(width, height, new byte[Bytes(width, height)])
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

    /// <summary>
    /// Reads a PNG or JPEG of at most 64 megapixels and 65,535 pixels a side. Transparency is dropped, not blended, and the EXIF
    /// orientation is not applied.
    /// </summary>
    /// <exception cref="InputException">The file is missing, too large, or holds no readable PNG or JPEG.</exception>
    public static Image Load(string path) => Decode(InputFile.ReadBytes(path, InputFile.PictureLimit), path);

    /// <param name="path">Where the bytes came from, for messages.</param>
    /// <exception cref="InputException">The bytes are no readable PNG or JPEG, or too large.</exception>
    public static Image Decode(byte[] picture, string path)
    {
        (int width, int height, byte[] rgba) = DecodeRgba(picture, path);
        return FromRgba(width, height, rgba);
    }

    /// <summary>Decodes a picture with its opacity: rows from the top, four bytes a pixel, colours not multiplied with it.</summary>
    internal static (int Width, int Height, byte[] Rgba) DecodeRgba(byte[] picture, string path)
    {
        PictureHeader.Check(picture, path);
        using SKCodec? codec = SKCodec.Create(new SKMemoryStream(PictureHeader.WithoutTexts(picture)), out SKCodecResult opened);
        if (codec is null)
            throw new InputException($"{path}: not a readable picture ({opened})");
        // The decoder's own reading of the header is what it allocates by.
        PictureHeader.RequireSize(codec.Info.Width, codec.Info.Height, path);
        var info = new SKImageInfo(codec.Info.Width, codec.Info.Height, SKColorType.Rgba8888, SKAlphaType.Unpremul);
        SKCodecResult decoded = codec.GetPixels(info, out byte[] rgba);
        if (decoded != SKCodecResult.Success)
            throw new InputException($"{path}: the picture is damaged ({decoded})");
        return (info.Width, info.Height, rgba);
    }

    /// <summary>Writes a true-colour PNG, making the folder when there is none.</summary>
    public void SavePng(string path)
    {
        using ProfilerSpan span = Profiler.Module("write png");
        using SKImage picture = ToSkia();
        using SKData png = picture.Encode(SKEncodedImageFormat.Png, 100);
        Directory.CreateDirectory(Path.GetDirectoryName(Path.GetFullPath(path))!);
        using FileStream file = File.Create(path);
        png.SaveTo(file);
    }

    /// <summary>The picture as JPEG bytes, for services that take pictures over HTTP.</summary>
    /// <param name="quality">1 (small) to 100 (faithful).</param>
    public byte[] ToJpeg(int quality = 90)
    {
        using SKImage picture = ToSkia();
        using SKData jpeg = picture.Encode(SKEncodedImageFormat.Jpeg, quality);
        return jpeg.ToArray();
    }

    /// <summary>The picture as Skia draws it.</summary>
    internal SKImage ToSkia() => SKImage.FromPixelCopy(new SKImageInfo(Width, Height, SKColorType.Rgba8888, SKAlphaType.Opaque), ToRgba());

    /// <summary>What was drawn on a bitmap of RGBA; transparency is dropped.</summary>
    internal static Image FromSkia(SKBitmap bitmap) => FromRgba(bitmap.Width, bitmap.Height, bitmap.GetPixelSpan());

    /// <summary>The window of width×height whose corner is at column left of row top, as a picture of its own.</summary>
    public Image Crop(int left, int top, int width, int height)
    {
        var crop = new Image(width, height);
        for (int y = 0; y < height; y++)
            Rgb.AsSpan(((top + y) * Width + left) * 3, width * 3).CopyTo(crop.Rgb.AsSpan(y * width * 3));
        return crop;
    }

    private static int Bytes(int width, int height) =>
        width > 0 && height > 0 && 3L * width * height <= Array.MaxLength
            ? 3 * width * height
            : throw new ArgumentException($"there is no image of {width}×{height} pixels");

    private static Image FromRgba(int width, int height, ReadOnlySpan<byte> rgba)
    {
        var image = new Image(width, height);
        for (int i = 0, o = 0; o < image.Rgb.Length; i += 4, o += 3)
            rgba.Slice(i, 3).CopyTo(image.Rgb.AsSpan(o));
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
