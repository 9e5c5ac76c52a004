namespace SspNative.Model.Media;

/// <summary>A class index for every pixel: rows from the top, (H,W). Index 0 is the background.</summary>
public sealed class LabelMap
{
    /// <summary>A map of background.</summary>
    /// <exception cref="ArgumentException">A side is not positive, or the map too large for one array.</exception>
    public LabelMap(int width, int height)
        : this(width, height, new byte[Count(width, height)])
    {
    }

    /// <exception cref="ArgumentException">A side is not positive, or there are not width·height labels.</exception>
    public LabelMap(int width, int height, byte[] labels)
    {
        if (width <= 0 || height <= 0 || labels.LongLength != (long)width * height)
            throw new ArgumentException($"a label map of {width}×{height} cannot hold {labels.LongLength} labels");
        Width = width;
        Height = height;
        Labels = labels;
    }

    public int Width { get; }

    public int Height { get; }

    public byte[] Labels { get; }

    /// <summary>The label at column x of row y.</summary>
    public byte this[int x, int y] => Labels[y * Width + x];

    /// <summary>1 where there is any label, 0 elsewhere.</summary>
    public LabelMap ToBinary() => new(Width, Height, Array.ConvertAll(Labels, l => (byte)(l != 0 ? 1 : 0)));

    /// <summary>
    /// The map at another size by nearest neighbour, the only resampling that invents no class: pixel x takes the label under
    /// its centre, ⌊(x + ½)·W/W'⌋, as PIL does.
    /// </summary>
    public LabelMap ResizeNearest(int width, int height)
    {
        var resized = new LabelMap(width, height);
        for (int y = 0; y < height; y++)
        {
            int row = (int)((2L * y + 1) * Height / (2L * height)) * Width;
            for (int x = 0; x < width; x++)
                resized.Labels[y * width + x] = Labels[row + (int)((2L * x + 1) * Width / (2L * width))];
        }
        return resized;
    }

    private static int Count(int width, int height) =>
        width > 0 && height > 0 && (long)width * height <= Array.MaxLength
            ? width * height
            : throw new ArgumentException($"there is no label map of {width}×{height} pixels");
}
