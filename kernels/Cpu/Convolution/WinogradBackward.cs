using System.Runtime.CompilerServices;

namespace SspNative.Kernels.Cpu;

/// <remarks>
/// The gradient of the kernel: dg = Gᵀ[Σ (A dY Aᵀ) ⊙ (Bᵀ d B)]G over all tiles, again sixteen products in place of thirty-six, now of matrices
/// (Cout, tiles)·(tiles, Cin). Tiles come in chunks of a fixed size, one after the other, so sums do not depend on the number of threads.
/// </remarks>
internal static unsafe partial class Winograd<TSimd, TVec>
{
    // Transformed, a chunk of 256 channels takes 4 MB of each side: it stays in L3 between the two steps.
    private const int ChunkTiles = 256;

    /// <summary>dWeight (Cout,Cin,3,3) = Σ over pixels of dy (B,Hout,Wout,Cout) times what of x met it.</summary>
    public static void BackwardWeight(in ConvShape s, float* x, float* dy, float* dWeight)
    {
        var image = new TiledMap(x, s.B, s.H, s.W, s.Cin, s.Hout, s.Wout, s.Cout, s.Padding);
        var gradient = new TiledMap(dy, s.B, s.Hout, s.Wout, s.Cout, s.Hout, s.Wout, s.Cout, padding: 0);
        int inputs = s.Cin, outputs = s.Cout, tiles = image.Tiles;
        using var scratch = Scratch.Open();
        float* v = scratch.Floats((long)Points * ChunkTiles * inputs), z = scratch.Floats((long)Points * ChunkTiles * outputs);
        float* m = scratch.Floats((long)Points * outputs * inputs);
        for (int first = 0; first < tiles; first += ChunkTiles)
        {
            int start = first, count = Math.Min(ChunkTiles, tiles - first);
            CpuThreads.Ranges(count, 1, (from, to) => TransformTiles(image, gradient, start, (int)from, (int)to, v, z));
            CpuThreads.For(Points * 2, task =>
            {
                (int point, int half) = Math.DivRem(task, 2);
                int rowTiles = (outputs + TileRows - 1) / TileRows, row = rowTiles * half / 2 * TileRows;
                int rows = Math.Min(rowTiles * (half + 1) / 2 * TileRows, outputs) - row;
                MultiplyPoint(
                    count, z + (nint)point * ChunkTiles * outputs + row, outputs, rows, v + (nint)point * ChunkTiles * inputs, inputs,
                    m + ((nint)point * outputs + row) * inputs, accumulate: start > 0);
            });
        }
        CpuThreads.Ranges(outputs, 1, (from, to) =>
        {
            using var local = Scratch.Open();
            float* taps = local.Floats(9L * inputs);
            for (nint o = (nint)from; o < (nint)to; o++)
            {
                TransformGradient(m + o * inputs, (nint)outputs * inputs, inputs, taps);
                Packing.Transposed(taps, inputs, 9, inputs, 9, dWeight + o * inputs * 9);
            }
        });
    }

    // Bᵀ d B as panels [point][channels / TileColumns][tile][TileColumns], A dY Aᵀ as rows [point][tile][channel].
    private static void TransformTiles(TiledMap image, TiledMap gradient, int first, int from, int to, float* v, float* z)
    {
        float** pixels = stackalloc float*[Points];
        using var scratch = Scratch.Open();
        int channels = Math.Max(image.Channels, gradient.Channels);
        float* zeros = scratch.Floats(channels);
        new Span<float>(zeros, channels).Clear();
        nint width = TileColumns;
        for (int tile = from; tile < to; tile++)
        {
            Place place = image[first + tile];
            for (nint channel = 0; channel < image.Channels; channel += width)
            {
                for (int i = 0; i < Points; i++)
                    pixels[i] = image.Pixel(place, i / 4, i % 4, zeros) + channel;
                TransformTile(pixels, (int)width, v + channel * ChunkTiles + tile * width, (nint)ChunkTiles * image.Channels);
            }
            for (int i = 0; i < 4; i++)
                pixels[i] = gradient.Pixel(place, i / 2, i % 2, zeros);
            SpreadTile(pixels, gradient.Channels, z + (nint)tile * gradient.Channels, (nint)ChunkTiles * gradient.Channels);
        }
    }

    // A dY Aᵀ of 2×2 pixels, A being what TransformOutput multiplies by, turned round.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void SpreadTile(float** pixels, nint channels, float* z, nint pointStride)
    {
        for (nint c = 0; c < channels; c += TSimd.Width, z += TSimd.Width)
        {
            TVec a = TSimd.Load(pixels[0] + c), b = TSimd.Load(pixels[1] + c), d = TSimd.Load(pixels[2] + c), e = TSimd.Load(pixels[3] + c);
            SpreadRow(a, b, z, pointStride);
            SpreadRow(TSimd.Add(a, d), TSimd.Add(b, e), z + 4 * pointStride, pointStride);
            SpreadRow(TSimd.Sub(a, d), TSimd.Sub(b, e), z + 8 * pointStride, pointStride);
            SpreadRow(TSimd.Sub(TSimd.Zero, d), TSimd.Sub(TSimd.Zero, e), z + 12 * pointStride, pointStride);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void SpreadRow(TVec left, TVec right, float* z, nint pointStride)
    {
        TSimd.Store(z, left);
        TSimd.Store(z + pointStride, TSimd.Add(left, right));
        TSimd.Store(z + 2 * pointStride, TSimd.Sub(left, right));
        TSimd.Store(z + 3 * pointStride, TSimd.Sub(TSimd.Zero, right));
    }

    // m (rows, inputs) = or += zᵀ · v over the tiles of a chunk.
    private static void MultiplyPoint(int tiles, float* z, int stride, int rows, float* v, int inputs, float* m, bool accumulate)
    {
        using var scratch = Scratch.Open();
        float* a = scratch.Floats((long)(rows + TileRows) * tiles), edge = scratch.Floats(TileRows * TileColumns);
        Packing.Straight(z, stride, rows, tiles, TileRows, a);
        for (int column = 0; column < inputs; column += TileColumns)
            for (int row = 0; row < rows; row += TileRows)
                MicroKernel<TSimd, TVec>.MultiplyPart(
                    tiles, a + (nint)row * tiles, v + (nint)column * ChunkTiles, TileColumns, m + (nint)row * inputs + column, inputs,
                    Math.Min(TileRows, rows - row), TileColumns, edge, accumulate);
    }

    // Gᵀ m G of the kernels of one output: taps[ky·3 + kx][channel].
    [SkipLocalsInit]
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void TransformGradient(float* m, nint pointStride, nint channels, float* taps)
    {
        float* t = stackalloc float[12 * MaxWidth];
        nint w = TSimd.Width;
        TVec half = TSimd.Broadcast(0.5f);
        for (nint c = 0; c < channels; c += w)
        {
            for (int x = 0; x < 4; x++)
            {
                float* p = m + x * pointStride + c;
                TVec m0 = TSimd.Load(p), m1 = TSimd.Load(p + 4 * pointStride), m2 = TSimd.Load(p + 8 * pointStride), m3 = TSimd.Load(p + 12 * pointStride);
                TVec sum = TSimd.Mul(half, TSimd.Add(m1, m2));
                TSimd.Store(t + x * w, TSimd.Add(m0, sum));
                TSimd.Store(t + (4 + x) * w, TSimd.Mul(half, TSimd.Sub(m1, m2)));
                TSimd.Store(t + (8 + x) * w, TSimd.Add(sum, m3));
            }
            for (int y = 0; y < 3; y++)
            {
                TVec m0 = TSimd.Load(t + (4 * y) * w), m1 = TSimd.Load(t + (4 * y + 1) * w);
                TVec m2 = TSimd.Load(t + (4 * y + 2) * w), m3 = TSimd.Load(t + (4 * y + 3) * w);
                TVec sum = TSimd.Mul(half, TSimd.Add(m1, m2));
                float* tap = taps + 3 * y * channels + c;
                TSimd.Store(tap, TSimd.Add(m0, sum));
                TSimd.Store(tap + channels, TSimd.Mul(half, TSimd.Sub(m1, m2)));
                TSimd.Store(tap + 2 * channels, TSimd.Add(sum, m3));
            }
        }
    }
}
