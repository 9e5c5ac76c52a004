using SkiaSharp;
using SspNative.Model.Media;

namespace SspNative.Model.Results;

/// <summary>Frame, flow, pre-mask and mask side by side under their names, as the paper's Fig. 8 has them.</summary>
internal static class ComparePanes
{
    /// <summary>The most rows of a pane; larger pictures are made smaller.</summary>
    private const int MostRows = 480;

    /// <summary>Rows of a pane for one of the letters' size, and that size's limits.</summary>
    private const float RowsPerLetter = 16;

    private const float SmallestLetter = 11, LargestLetter = 24;

    /// <param name="frame">The frame.</param>
    /// <param name="flow">Its flow as a picture, of any size; null where there is none.</param>
    /// <param name="preMask">What it was multiplied with, of any size.</param>
    /// <param name="mask">The frame with its mask.</param>
    public static Image Draw(Image frame, Image? flow, Image preMask, Image mask)
    {
        int height = Math.Min(frame.Height, MostRows), width = Math.Max(1, frame.Width * height / frame.Height);
        float size = Math.Clamp(height / RowsPerLetter, SmallestLetter, LargestLetter);
        int head = (int)MathF.Ceiling(1.8f * size), gap = Math.Max(2, height / 120);
        var info = new SKImageInfo(4 * width + 3 * gap, head + height, SKColorType.Rgba8888, SKAlphaType.Opaque);
        using var bitmap = new SKBitmap(info);
        using var canvas = new SKCanvas(bitmap);
        canvas.Clear(new SKColor(24, 24, 24));
        using var font = new SKFont(InterTypeface.SemiBold, size);
        using var paint = new SKPaint { Color = SKColors.White, IsAntialias = true };
        (string Name, Image? Picture)[] panes = [("frame", frame), ("flow", flow), ("pre-mask", preMask), ("mask", mask)];
        for (int i = 0; i < panes.Length; i++)
        {
            int left = i * (width + gap);
            canvas.DrawText(panes[i].Name, left + size * 0.4f, head / 2f + size * 0.36f, SKTextAlign.Left, font, paint);
            if (panes[i].Picture is not { } picture)
                continue;
            using SKImage drawn = picture.ToSkia();
            canvas.DrawImage(drawn, new SKRect(left, head, left + width, head + height), new SKSamplingOptions(SKFilterMode.Linear, SKMipmapMode.Linear));
        }
        canvas.Flush();
        return Image.FromSkia(bitmap);
    }
}
