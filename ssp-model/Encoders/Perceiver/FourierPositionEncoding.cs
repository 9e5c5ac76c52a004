namespace SspNative.Model.Encoders.Perceiver;

/// <summary>
/// Fourier features of pixel positions p ∈ [−1,1]²: (y, x), then sin(π·p·f), then cos(π·p·f), the frequencies f being linearly spaced from 1 to
/// half the resolution in each dimension.
/// </summary>
public static class FourierPositionEncoding
{
    /// <summary>Channels of the encoding: 2 + 4·bands.</summary>
    public static int Channels(int bands) => 2 + 4 * bands;

    /// <summary>The encoding (1, height·width, 2+4·bands), made once per size.</summary>
    public static Tensor Get(ParameterStore store, int height, int width, int bands) =>
        store.Constant($"fourier position encoding {height}×{width}×{bands}", () =>
        {
            int channels = Channels(bands);
            float[] rows = Axis(height, bands), columns = Axis(width, bands);
            var data = new float[height * width * channels];
            int perAxis = 1 + 2 * bands;
            for (int y = 0; y < height; y++)
                for (int x = 0; x < width; x++)
                {
                    Span<float> token = data.AsSpan((y * width + x) * channels, channels);
                    ReadOnlySpan<float> fy = rows.AsSpan(y * perAxis, perAxis), fx = columns.AsSpan(x * perAxis, perAxis);
                    token[0] = fy[0];
                    token[1] = fx[0];
                    fy.Slice(1, bands).CopyTo(token[2..]);
                    fx.Slice(1, bands).CopyTo(token[(2 + bands)..]);
                    fy[(1 + bands)..].CopyTo(token[(2 + 2 * bands)..]);
                    fx[(1 + bands)..].CopyTo(token[(2 + 3 * bands)..]);
                }
            return Tensor.FromArray(data, [1, height * width, channels], store.Device);
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
