namespace SspNative.Model.Decoder;

/// <summary>
/// DETR's two-dimensional sine embedding, normalised: with positions in (0, 2π], channel 2i is sin(p/10000^(2i/F)) and 2i+1 its
/// cosine, F features for y, then F for x.
/// </summary>
public static class SinePositionEmbedding
{
    private const double Temperature = 10000;
    private const double Epsilon = 1e-6;

    /// <summary>The embedding (1, H·W, 2F) of a map, made once per size.</summary>
    public static Tensor Get(ParameterStore store, int height, int width, int features) =>
        store.Constant($"sine position embedding {height}×{width}×{features}", () =>
        {
            var data = new float[height * width * 2 * features];
            for (int y = 0; y < height; y++)
                for (int x = 0; x < width; x++)
                {
                    Span<float> token = data.AsSpan((y * width + x) * 2 * features, 2 * features);
                    Fill(token[..features], (y + 1) / (height + Epsilon) * 2 * Math.PI);
                    Fill(token[features..], (x + 1) / (width + Epsilon) * 2 * Math.PI);
                }
            return Tensor.FromArray(data, [1, height * width, 2 * features], store.Device);
        });

    private static void Fill(Span<float> channels, double position)
    {
        for (int i = 0; i < channels.Length; i++)
        {
            double angle = position / Math.Pow(Temperature, 2.0 * (i / 2) / channels.Length);
            channels[i] = (float)(i % 2 == 0 ? Math.Sin(angle) : Math.Cos(angle));
        }
    }
}
