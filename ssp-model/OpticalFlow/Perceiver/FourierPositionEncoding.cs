namespace SspNative.Model.OpticalFlow.Perceiver;

/// <summary>
/// Fourier features of pixel positions p ∈ [−1,1]²: (y, x), then sin(π·p·f), then cos(π·p·f), the frequencies f being linearly spaced from 1 to
/// half the resolution in each dimension.
/// </summary>
internal static class FourierPositionEncoding
{
    /// <summary>Channels of the encoding: 2 + 4·bands.</summary>
    public static int Channels(int bands) => 2 + 4 * bands;

    /// <summary>
    /// What a pixel's row and what its column contribute, (height, 2+4·bands) and (width, 2+4·bands): the encoding is their sum. Made once per size.
    /// </summary>
    public static (Tensor Rows, Tensor Columns) Tables(ParameterStore store, int height, int width, int bands) =>
        (Table(store, "row", height, bands, 0), Table(store, "column", width, bands, 1));

    /// <summary>The encoding (1, height·width, 2+4·bands) of every pixel, row by row.</summary>
    public static Tensor Encode(ParameterStore store, int height, int width, int bands)
    {
        using var scope = new TensorScope();
        (Tensor rows, Tensor columns) = Tables(store, height, width, bands);
        int channels = Channels(bands);
        Tensor sum = Ops.Add(Ops.Reshape(rows, height, 1, channels), Ops.Reshape(columns, 1, width, channels));
        return scope.Keep(Ops.Reshape(sum, 1, height * width, channels));
    }

    // What one axis contributes, zero in the other's channels.
    private static Tensor Table(ParameterStore store, string name, int size, int bands, int axis) =>
        store.Constant($"fourier position encoding {name} {size}×{bands}", () =>
        {
            int channels = Channels(bands), perAxis = 1 + 2 * bands;
            float[] positions = Axis(size, bands), data = new float[size * channels];
            for (int i = 0; i < size; i++)
            {
                Span<float> token = data.AsSpan(i * channels, channels);
                ReadOnlySpan<float> f = positions.AsSpan(i * perAxis, perAxis);
                token[axis] = f[0];
                f.Slice(1, bands).CopyTo(token[(2 + axis * bands)..]);
                f[(1 + bands)..].CopyTo(token[(2 + (2 + axis) * bands)..]);
            }
            return Tensor.FromArray(data, [size, channels], store.Device);
        });

    // Per position of one axis: p, sines, cosines. All in single precision, because the published network was trained on encodings so
    // rounded: at π·p·f ≈ 780 the rounding of the angle is 5e-5, far above the rounding of the sine.
    private static float[] Axis(int size, int bands)
    {
        int stride = 1 + 2 * bands;
        float[] positions = Linspace(-1f, 1f, size), frequencies = Linspace(1f, size / 2f, bands);
        var data = new float[size * stride];
        for (int i = 0; i < size; i++)
        {
            float p = positions[i];
            data[i * stride] = p;
            for (int band = 0; band < bands; band++)
            {
                float angle = MathF.PI * (p * frequencies[band]);
                data[i * stride + 1 + band] = (float)Math.Sin(angle);
                data[i * stride + 1 + bands + band] = (float)Math.Cos(angle);
            }
        }
        return data;
    }

    // As torch.linspace: the step is rounded once, and the second half counts back from the end.
    private static float[] Linspace(float start, float end, int steps)
    {
        var values = new float[steps];
        float step = steps > 1 ? (end - start) / (steps - 1) : 0f;
        for (int i = 0; i < steps; i++)
            values[i] = i < steps / 2 ? start + step * i : end - step * (steps - 1 - i);
        return values;
    }
}
