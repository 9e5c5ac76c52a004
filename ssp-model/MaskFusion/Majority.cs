namespace SspNative.Model.MaskFusion;

/// <summary>
/// A mask without specks: each pixel is as most of those around it, within two pixels of a picture of 384. Where motion is estimated pixel by pixel it has
/// holes and stray points.
/// </summary>
/// <param name="width">W.</param>
/// <param name="height">H.</param>
internal sealed class Majority(int width, int height)
{
    private readonly int _radius = Math.Max(1, (int)Math.Round(Math.Max(width, height) / 192.0));
    private readonly int[] _rows = new int[width * height];

    /// <summary>Cleans a mask of 0 and 1 in place.</summary>
    public void Apply(Span<float> mask)
    {
        for (int y = 0; y < height; y++)
            Sums(mask[(y * width)..], y * width);
        for (int x = 0; x < width; x++)
        {
            int sum = 0;
            for (int y = 0; y < Math.Min(_radius, height); y++)
                sum += _rows[y * width + x];
            int across = Math.Min(width - 1, x + _radius) - Math.Max(0, x - _radius) + 1;
            for (int y = 0; y < height; y++)
            {
                if (y + _radius < height)
                    sum += _rows[(y + _radius) * width + x];
                if (y - _radius > 0)
                    sum -= _rows[(y - _radius - 1) * width + x];
                int down = Math.Min(height - 1, y + _radius) - Math.Max(0, y - _radius) + 1;
                mask[y * width + x] = 2 * sum > across * down ? 1 : 0;
            }
        }
    }

    // How many of the row's pixels around each are 1.
    private void Sums(ReadOnlySpan<float> row, int to)
    {
        int sum = 0;
        for (int x = 0; x < Math.Min(_radius, width); x++)
            sum += (int)row[x];
        for (int x = 0; x < width; x++)
        {
            if (x + _radius < width)
                sum += (int)row[x + _radius];
            if (x - _radius > 0)
                sum -= (int)row[x - _radius - 1];
            _rows[to + x] = sum;
        }
    }
}
