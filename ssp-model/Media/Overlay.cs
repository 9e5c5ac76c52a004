namespace SspNative.Model.Media;

/// <summary>What stands beside something that is marked.</summary>
/// <param name="Label">Its label, for the colour.</param>
/// <param name="Text">One line.</param>
/// <param name="Left">Column of its left edge.</param>
/// <param name="Top">Row of its upper edge, above which the caption stands where there is room.</param>
public sealed record OverlayCaption(byte Label, string Text, int Left, int Top);

/// <summary>
/// Marks what sounds in frames of a video: each class in its <see cref="Highlight"/> colour, with a solid rim, a dark line around that, and captions. The
/// two lines together show on any picture, dark, light or of the very colour. One mask serves many frames.
/// </summary>
public sealed class Overlay
{
    /// <summary>Pixels of picture height for one pixel of rim, so that it shows equally at every resolution.</summary>
    private const int HeightPerRim = 240;

    /// <summary>Pixels of picture height for one pixel of the letters' size, and that size's limits.</summary>
    private const float HeightPerLetter = 22, SmallestLetter = 8, UsualSmallestLetter = 12, LargestLetter = 40;

    private const float FillOpacity = 0.4f;

    private const byte CasingValue = 16;

    private enum Part : byte
    {
        Picture,
        Fill,
        Rim,
        Casing,
    }

    private readonly LabelMap _labels;
    private readonly Part[] _parts;
    private readonly List<(CaptionTile Tile, int Left, int Top)> _captions = [];

    /// <param name="labels">Of the frames' size; 0 leaves the frame as it is.</param>
    /// <param name="captions">Those that fit are drawn, the first first.</param>
    public Overlay(LabelMap labels, IReadOnlyList<OverlayCaption> captions)
    {
        _labels = labels;
        _parts = Parts(labels);
        foreach (OverlayCaption caption in captions)
            Place(caption);
    }

    /// <summary>A frame with the marks on it.</summary>
    /// <exception cref="ArgumentException">It is of another size.</exception>
    public Image Paint(Image frame)
    {
        using ProfilerSpan span = Profiler.Module("overlay");
        if (frame.Width != _labels.Width || frame.Height != _labels.Height)
            throw new ArgumentException(
                $"a frame of {frame.Width}×{frame.Height} cannot carry masks of {_labels.Width}×{_labels.Height}");
        var painted = new Image(frame.Width, frame.Height, [.. frame.Rgb]);
        for (int i = 0; i < _parts.Length; i++)
            if (_parts[i] != Part.Picture)
                Mark(painted.Rgb.AsSpan(3 * i, 3), _parts[i], _labels.Labels[i]);
        foreach ((CaptionTile tile, int left, int top) in _captions)
            tile.Lay(painted, left, top);
        return painted;
    }

    private static void Mark(Span<byte> pixel, Part part, byte label)
    {
        if (part == Part.Casing)
        {
            pixel.Fill(CasingValue);
            return;
        }
        float share = part == Part.Rim ? 1 : FillOpacity;
        (byte r, byte g, byte b) = _colours[label];
        pixel[0] = Blend(pixel[0], r, share);
        pixel[1] = Blend(pixel[1], g, share);
        pixel[2] = Blend(pixel[2], b, share);
    }

    private static readonly (byte R, byte G, byte B)[] _colours = [.. Enumerable.Range(0, 256).Select(label => Highlight.Colour((byte)label))];

    private static byte Blend(byte below, byte above, float share) => (byte)MathF.Round(float.Lerp(below, above, share));

    private static Part[] Parts(LabelMap labels)
    {
        int rim = Math.Max(1, labels.Height / HeightPerRim);
        var parts = new Part[labels.Labels.Length];
        for (int y = 0; y < labels.Height; y++)
            for (int x = 0; x < labels.Width; x++)
            {
                bool border = IsBorder(labels, x, y, rim);
                parts[y * labels.Width + x] = labels[x, y] == 0 ? border ? Part.Casing : Part.Picture : border ? Part.Rim : Part.Fill;
            }
        return parts;
    }

    /// <summary>Whether another label lies straight above, below or beside within the rim's width.</summary>
    private static bool IsBorder(LabelMap labels, int x, int y, int rim)
    {
        byte label = labels[x, y];
        return labels[Math.Max(x - rim, 0), y] != label
            || labels[Math.Min(x + rim, labels.Width - 1), y] != label
            || labels[x, Math.Max(y - rim, 0)] != label
            || labels[x, Math.Min(y + rim, labels.Height - 1)] != label;
    }

    private void Place(OverlayCaption caption)
    {
        (byte R, byte G, byte B) colour = Highlight.Colour(caption.Label);
        float size = Math.Clamp(_labels.Height / HeightPerLetter, UsualSmallestLetter, LargestLetter);
        CaptionTile tile = CaptionTile.Draw(caption.Text, colour, size);
        if (tile.Width > _labels.Width)
            tile = CaptionTile.Draw(caption.Text, colour, size * _labels.Width / tile.Width * 0.94f);
        if (tile.Width > _labels.Width || tile.Height > _labels.Height || tile.Height < SmallestLetter * 1.5f)
            return;
        int left = Math.Min(caption.Left, _labels.Width - tile.Width), top = Math.Max(0, caption.Top - tile.Height);
        while (_captions.Exists(c => Overlaps(c, tile, left, top)))
            top += tile.Height;
        if (top + tile.Height <= _labels.Height)
            _captions.Add((tile, left, top));
    }

    private static bool Overlaps((CaptionTile Tile, int Left, int Top) placed, CaptionTile tile, int left, int top) =>
        left < placed.Left + placed.Tile.Width && placed.Left < left + tile.Width && top < placed.Top + placed.Tile.Height && placed.Top < top + tile.Height;
}
