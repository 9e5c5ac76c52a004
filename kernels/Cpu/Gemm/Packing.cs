namespace SspNative.Kernels.Cpu;

/// <summary>
/// Packs a block of a matrix into one panel of <c>width</c> floats per k, zero-padded to the full width: the layout that
/// <see cref="MicroKernel{TSimd, TVec}"/> reads.
/// </summary>
internal static unsafe class Packing
{
    /// <summary>Source rows are the panel's lanes: panel[k][i] = source[i·stride + k] for i &lt; count.</summary>
    public static void Transposed(float* source, nint stride, int count, int k, int width, float* panel)
    {
        for (int i = 0; i < count; i++)
        {
            float* s = source + i * stride;
            float* p = panel + i;
            for (int j = 0; j < k; j++)
                p[(nint)j * width] = s[j];
        }
        for (int i = count; i < width; i++)
            for (int j = 0; j < k; j++)
                panel[(nint)j * width + i] = 0f;
    }

    /// <summary>Source rows are k: panel[k][i] = source[k·stride + i] for i &lt; count.</summary>
    public static void Straight(float* source, nint stride, int count, int k, int width, float* panel)
    {
        for (int j = 0; j < k; j++)
        {
            float* s = source + j * stride;
            float* p = panel + (nint)j * width;
            new ReadOnlySpan<float>(s, count).CopyTo(new Span<float>(p, count));
            if (count < width)
                new Span<float>(p + count, width - count).Clear();
        }
    }
}
