namespace SspNative.Model.Decoder;

/// <summary>
/// DETR's two-dimensional sine embedding, normalised: with positions in (0, 2π], channel 2i is sin(p/10000^(2i/F)) and 2i+1 its
/// cosine, F features for y, then F for x.
/// </summary>
internal static class SinePositionEmbedding
{
    private const double Temperature = 10000;
    private const double Epsilon = 1e-6;

    /// <summary>The embedding (1, H·W, 2F) of a map. What is kept is an axis each.</summary>
    public static Tensor Get(ParameterStore store, int height, int width, int features)
    {
        using var scope = new TensorScope();
        Tensor y = Ops.Expand(Ops.Reshape(Axis(store, height, features), height, 1, features), [height, width, features]);
        Tensor x = Ops.Expand(Axis(store, width, features), [height, width, features]);
        return scope.Keep(Ops.Reshape(Ops.Concat([y, x], 2), 1, height * width, 2 * features));
    }

    // The features (size, F) of positions along one axis.
    private static Tensor Axis(ParameterStore store, int size, int features) =>
        store.Constant($"sine position embedding {size}×{features}", () =>
        {
            var data = new float[size * features];
            for (int i = 0; i < size; i++)
                Fill(data.AsSpan(i * features, features), (i + 1) / (size + Epsilon) * 2 * Math.PI);
            return Tensor.FromArray(data, [size, features], store.Device);
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
