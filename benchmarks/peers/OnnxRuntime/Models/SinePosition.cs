using SspNative.Peers.OnnxRuntime.Graphs;

namespace SspNative.Peers.OnnxRuntime.Models;

/// <summary>DETR's normalised sine embedding of a map's pixels, a constant (1,H·W,C): y's channels, then x's.</summary>
internal static class SinePosition
{
    private const double Temperature = 10000, Epsilon = 1e-6;

    public static GraphValue Of(GraphBuilder g, int height, int width, int channels) =>
        g.Constant($"sine position {height} {width}", () => Values(height, width, channels / 2), 1, height * width, channels);

    private static float[] Values(int height, int width, int features)
    {
        var values = new float[height * width * 2 * features];
        for (int i = 0; i < values.Length; i++)
        {
            int channel = i % features, pixel = i / (2 * features);
            (int place, int size) = i / features % 2 == 0 ? (pixel / width, height) : (pixel % width, width);
            double angle = (place + 1) * 2 * Math.PI / (size + Epsilon) / Math.Pow(Temperature, 2.0 * (channel / 2) / features);
            values[i] = (float)(channel % 2 == 0 ? Math.Sin(angle) : Math.Cos(angle));
        }
        return values;
    }
}
