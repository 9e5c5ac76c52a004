namespace SspNative.Peers.Models;

/// <summary>What (shifted-)window attention adds to its scores, as in Swin.</summary>
internal static class WindowPatterns
{
    private const float Blocked = -100f;

    /// <summary>For each pair of a window's tokens the row of the bias table, (window⁴).</summary>
    public static long[] RelativePositionIndex(int window)
    {
        int area = window * window, span = 2 * window - 1;
        var index = new long[area * area];
        for (int a = 0; a < area; a++)
            for (int b = 0; b < area; b++)
                index[a * area + b] = (a / window - b / window + window - 1) * span + a % window - b % window + window - 1;
        return index;
    }

    /// <summary>−100 between tokens that lie side by side only because of the roll: (windows, window², window²).</summary>
    public static float[] Shifted(int height, int width, int window, int shift)
    {
        int columns = width / window, windows = height / window * columns, area = window * window;
        int Region(int position, int size) => position < size - window ? 0 : position < size - shift ? 1 : 2;

        var mask = new float[windows * area * area];
        for (int w = 0; w < windows; w++)
        {
            int[] regions =
            [
                .. Enumerable.Range(0, area).Select(t =>
                    3 * Region(w / columns * window + t / window, height) + Region(w % columns * window + t % window, width)),
            ];
            for (int a = 0; a < area; a++)
                for (int b = 0; b < area; b++)
                    mask[(w * area + a) * area + b] = regions[a] == regions[b] ? 0f : Blocked;
        }
        return mask;
    }
}
