using SspNative.Model.Media;

namespace SspNative.Model.Metrics;

/// <summary>
/// The evaluation behind AAVS's published binary figures (<c>avs/scripts/evaluation.py</c> of Stepping Stones): predictions and truth at 224², the
/// larger of a pixel's two scores wins, and F is measured on σ(2·sounding − background).
/// </summary>
public static class Aavs224
{
    /// <summary>Side of masks and truth.</summary>
    public const int Size = 224;

    /// <summary>Scores a frame.</summary>
    /// <param name="scores">Of the background and of what sounds (2,H,W).</param>
    /// <param name="target">(H,W), 0 for background.</param>
    public static BinaryFrameScore Score(ReadOnlySpan<float> scores, ReadOnlySpan<byte> target)
    {
        int pixels = target.Length;
        byte[] mask = new byte[pixels];
        float[] sounding = new float[pixels];
        for (int i = 0; i < pixels; i++)
        {
            float background = scores[i], foreground = scores[pixels + i];
            mask[i] = foreground > background ? (byte)1 : (byte)0;
            sounding[i] = 1 / (1 + MathF.Exp(background - 2 * foreground));
        }
        return BinaryFrameScore.Score(mask, sounding, target);
    }

    /// <summary>
    /// A frame's truth (224,224) as AAVS reads it: the coloured picture of the labels is resized by OpenCV's bilinear interpolation, and what is not
    /// black in gray sounds.
    /// </summary>
    public static byte[] Truth(LabelMap labels)
    {
        Image picture = Palette.Paint(labels);
        (int From, int To, int Share)[] columns = Taps(labels.Width), rows = Taps(labels.Height);
        byte[] truth = new byte[Size * Size];
        Span<int> colour = stackalloc int[3];
        for (int y = 0; y < Size; y++)
            for (int x = 0; x < Size; x++)
            {
                for (int c = 0; c < 3; c++)
                    colour[c] = Blend(Blend(picture, columns[x], rows[y].From, c), Blend(picture, columns[x], rows[y].To, c), rows[y].Share);
                truth[y * Size + x] = Gray(colour) > 0 ? (byte)1 : (byte)0;
            }
        return truth;
    }

    // OpenCV's shares have 11 bits. The row that is blended first is rounded down by 4 bits, the product by 16, the sum by 2.
    private const int One = 1 << 11;

    private static (int From, int To, int Share)[] Taps(int length)
    {
        var taps = new (int, int, int)[Size];
        for (int i = 0; i < Size; i++)
        {
            float centre = (float)((i + 0.5) * ((double)length / Size) - 0.5);
            int from = (int)MathF.Floor(centre);
            float share = centre - from;
            if (from < 0)
                (from, share) = (0, 0);
            if (from >= length - 1)
                (from, share) = (length - 1, 0);
            taps[i] = (from, Math.Min(from + 1, length - 1), (int)MathF.Round(share * One, MidpointRounding.ToEven));
        }
        return taps;
    }

    private static int Blend(Image picture, (int From, int To, int Share) column, int y, int channel) =>
        picture[column.From, y][channel] * (One - column.Share) + picture[column.To, y][channel] * column.Share;

    private static int Blend(int upper, int lower, int share) =>
        (((One - share) * (upper >> 4) >> 16) + (share * (lower >> 4) >> 16) + 2) >> 2;

    private static int Gray(ReadOnlySpan<int> rgb) => (rgb[0] * 4899 + rgb[1] * 9617 + rgb[2] * 1868 + (1 << 13)) >> 14;
}
