using SkiaSharp;

namespace SspNative.Model.Media;

/// <summary>A line of text on a coloured plate, to be laid over pictures.</summary>
internal sealed class CaptionTile
{
    private readonly byte[] _rgba;

    private CaptionTile(int width, int height, byte[] rgba) => (Width, Height, _rgba) = (width, height, rgba);

    public int Width { get; }

    public int Height { get; }

    /// <summary>Draws a caption.</summary>
    /// <param name="text">One line.</param>
    /// <param name="plate">The colour behind it.</param>
    /// <param name="size">Of the letters, in pixels.</param>
    public static CaptionTile Draw(string text, (byte R, byte G, byte B) plate, float size)
    {
        using var font = new SKFont(InterTypeface.SemiBold, size)
        {
            Edging = SKFontEdging.Antialias,
            Subpixel = true,
            LinearMetrics = true,
            Hinting = SKFontHinting.None,
        };
        int margin = (int)MathF.Ceiling(size * 0.35f);
        int width = (int)MathF.Ceiling(font.MeasureText(text)) + 2 * margin, height = (int)MathF.Ceiling(size * 1.5f);
        var info = new SKImageInfo(width, height, SKColorType.Rgba8888, SKAlphaType.Premul);
        using var bitmap = new SKBitmap(info);
        using var canvas = new SKCanvas(bitmap);
        using var paint = new SKPaint { IsAntialias = true, Color = new SKColor(plate.R, plate.G, plate.B) };
        canvas.Clear(SKColors.Transparent);
        canvas.DrawRoundRect(0, 0, width, height, size * 0.25f, size * 0.25f, paint);
        paint.Color = Highlight.IsLight(plate) ? SKColors.Black : SKColors.White;
        canvas.DrawText(text, margin, height / 2f + size * 0.36f, SKTextAlign.Left, font, paint);
        canvas.Flush();
        return new CaptionTile(width, height, bitmap.GetPixelSpan().ToArray());
    }

    /// <summary>Lays the caption over a picture that it lies within.</summary>
    public void Lay(Image picture, int left, int top)
    {
        for (int y = 0; y < Height; y++)
            for (int x = 0; x < Width; x++)
            {
                ReadOnlySpan<byte> above = _rgba.AsSpan(4 * (y * Width + x), 4);
                Span<byte> below = picture[left + x, top + y];
                for (int c = 0; c < 3; c++)
                    below[c] = (byte)(above[c] + below[c] * (255 - above[3]) / 255);
            }
    }
}
