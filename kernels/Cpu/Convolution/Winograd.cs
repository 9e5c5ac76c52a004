using System.Runtime.CompilerServices;

namespace SspNative.Kernels.Cpu;

/// <summary>
/// 3×3 convolutions of stride 1 by F(2×2, 3×3): a tile of 4×4 pixels d gives 2×2 outputs Y = Aᵀ[(G g Gᵀ) ⊙ (Bᵀ d B)]A, sixteen products of
/// matrices (tiles, Cin)·(Cin, Cout) in place of thirty-six, that is 2.25 times fewer multiplications than the patches take (Lavin and
/// Gray, "Fast Algorithms for Convolutional Neural Networks", 2016). Blocks of tiles are tasks; each output is summed by one thread in an
/// order that depends on Cin alone.
/// </summary>
internal static unsafe partial class Winograd<TSimd, TVec>
    where TSimd : struct, ISimd<TVec>
    where TVec : struct
{
    private const int Points = 16;

    // A panel of weights (256 × 32 floats) stays in L1 while the tiles of a block pass by.
    private const int KBlock = 256;

    // Tiles of a block: each panel of weights that comes from L3 serves four register tiles, and a thread's V and M are 1.5 MB.
    private const int MaxTiles = 48;

    // Channels transformed at a time, so that what waits to be transposed stays near.
    private const int ChannelBlock = 64;

    // Floats of the widest vector.
    private const int MaxWidth = 16;

    // With fewer tiles the transform of the weights costs more than is saved.
    private const int MinTiles = 32;

    private static int TileRows => MicroKernel<TSimd, TVec>.Rows;

    private static int TileColumns => MicroKernel<TSimd, TVec>.Columns;

    /// <summary>Whether the convolution has this form, whole vectors of channels, and enough tiles.</summary>
    public static bool Suits(in ConvShape s) =>
        s is { Kh: 3, Kw: 3, Stride: 1, Groups: 1, Padding: <= 2 } && s.Cin % TileColumns == 0 && s.Cout % TileColumns == 0
        && (long)s.B * ((s.Hout + 1) / 2) * ((s.Wout + 1) / 2) >= MinTiles;

    /// <summary>y = x ∗ weight (Cout,Cin,3,3), finished as <paramref name="output"/> says.</summary>
    public static void Forward(in ConvShape s, float* x, float* weight, GemmOutput output)
    {
        var image = new TiledMap(x, s.B, s.H, s.W, s.Cin, s.Hout, s.Wout, s.Cout, s.Padding);
        Run(image, new Filters(weight, s.Cin * 9, 9, turned: false), output);
    }

    /// <summary>dx = dy ∗ the weight (Cout,Cin,3,3) turned round.</summary>
    public static void BackwardInput(in ConvShape s, float* dy, float* weight, GemmOutput output)
    {
        var image = new TiledMap(dy, s.B, s.Hout, s.Wout, s.Cout, s.H, s.W, s.Cin, 2 - s.Padding);
        Run(image, new Filters(weight, 9, s.Cin * 9, turned: true), output);
    }

    private static void Run(TiledMap image, Filters filters, GemmOutput output)
    {
        using var scratch = Scratch.Open();
        float* weights = scratch.Floats((long)Points * image.Channels * image.Outputs);
        CpuThreads.For(image.Outputs / TileColumns, panel => TransformWeights(image, filters, panel, weights));
        int rowTiles = (image.Tiles + TileRows - 1) / TileRows;
        int threads = CpuThreads.Count, blocks = (image.Tiles + MaxTiles - 1) / MaxTiles;
        blocks = Math.Min(rowTiles, (blocks + threads - 1) / threads * threads);
        CpuThreads.For(blocks, block =>
        {
            int from = (int)((long)block * rowTiles / blocks) * TileRows, to = (int)((long)(block + 1) * rowTiles / blocks) * TileRows;
            Block(image, weights, from, Math.Min(to, image.Tiles) - from, output);
        });
    }

    // Tiles first … first+count−1: their transforms V, for each point M = V·U, and back.
    private static void Block(TiledMap image, float* weights, int first, int count, GemmOutput output)
    {
        int channels = image.Channels, rowTiles = (count + TileRows - 1) / TileRows, panels = image.Outputs / TileColumns;
        nint rows = (nint)rowTiles * TileRows;
        using var scratch = Scratch.Open();
        float* v = scratch.Floats(Points * rows * channels), m = scratch.Floats(Points * rows * image.Outputs);
        float* staged = scratch.Floats((long)Points * TileRows * ChannelBlock);
        float* zeros = scratch.Floats(channels);
        new Span<float>(zeros, channels).Clear();
        for (int tile = 0; tile < rowTiles; tile++)
            TransformInput(image, first + tile * TileRows, Math.Min(TileRows, count - tile * TileRows), zeros, staged,
                v + (nint)tile * TileRows * channels, rows * channels);
        for (int point = 0; point < Points; point++)
        {
            float* a = v + point * rows * channels;
            for (int panel = 0; panel < panels; panel++)
            {
                float* b = weights + ((nint)point * panels + panel) * channels * TileColumns, c = m + ((nint)point * panels + panel) * rows * TileColumns;
                for (int k = 0; k < channels; k += KBlock)
                {
                    int depth = Math.Min(KBlock, channels - k);
                    for (int tile = 0; tile < rowTiles; tile++)
                        MicroKernel<TSimd, TVec>.Multiply(
                            depth, a + ((nint)tile * channels + k) * TileRows, b + (nint)k * TileColumns, c + (nint)tile * TileRows * TileColumns,
                            TileColumns, accumulate: k > 0);
                }
            }
        }
        float* spare = scratch.Floats(2 * TSimd.Width);
        for (int tile = 0; tile < count;)
        {
            // Tiles side by side finish their two rows of pixels together.
            Place place = image[first + tile];
            int run = Math.Min(count - tile, image.TileColumns - place.Column);
            for (int panel = 0; panel < panels; panel++)
            {
                for (int i = 0; i < run; i++)
                    TransformOutput(
                        m + ((nint)panel * rows + tile + i) * TileColumns, panels * rows * TileColumns, image, image[first + tile + i],
                        panel * TileColumns, output);
                int pixels = Math.Min(2 * run, image.OutputWidth - 2 * place.Column), row = image.OutputPixel(place);
                output.Finish<TSimd, TVec>(row, panel * TileColumns, pixels, TileColumns, spare);
                if (2 * place.Row + 1 < image.OutputHeight)
                    output.Finish<TSimd, TVec>(row + image.OutputWidth, panel * TileColumns, pixels, TileColumns, spare);
            }
            tile += run;
        }
    }

    // U = G g Gᵀ of all kernels to one panel of outputs: weights[point][panel][channel][output].
    [SkipLocalsInit]
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void TransformWeights(TiledMap image, Filters filters, int panel, float* weights)
    {
        nint w = TSimd.Width, width = TileColumns, pointStride = (nint)image.Channels * image.Outputs;
        using var scratch = Scratch.Open();
        float* taps = scratch.Floats(9 * width);
        float** rows = stackalloc float*[Packing.MaxLanes];
        TVec half = TSimd.Broadcast(0.5f);
        float* t = stackalloc float[12 * MaxWidth];
        for (int channel = 0; channel < image.Channels; channel++)
        {
            for (int lane = 0; lane < width; lane++)
                rows[lane] = filters.Weight + (panel * width + lane) * filters.OutputStride + channel * filters.ChannelStride;
            Packing.Transposed(rows, (int)width, 9, (int)width, taps);
            float* target = weights + ((nint)panel * image.Channels + channel) * width;
            for (nint lane = 0; lane < width; lane += w)
            {
                for (int x = 0; x < 3; x++)
                {
                    int at = filters.Turned ? 8 - x : x, step = filters.Turned ? -3 : 3;
                    TVec g0 = TSimd.Load(taps + at * width + lane), g1 = TSimd.Load(taps + (at + step) * width + lane);
                    TVec g2 = TSimd.Load(taps + (at + 2 * step) * width + lane), sum = TSimd.Mul(half, TSimd.Add(g0, g2)), middle = TSimd.Mul(half, g1);
                    TSimd.Store(t + x * w, g0);
                    TSimd.Store(t + (3 + x) * w, TSimd.Add(sum, middle));
                    TSimd.Store(t + (6 + x) * w, TSimd.Sub(sum, middle));
                    TSimd.Store(t + (9 + x) * w, g2);
                }
                for (int y = 0; y < 4; y++)
                {
                    TVec g0 = TSimd.Load(t + (3 * y) * w), g1 = TSimd.Load(t + (3 * y + 1) * w), g2 = TSimd.Load(t + (3 * y + 2) * w);
                    TVec sum = TSimd.Mul(half, TSimd.Add(g0, g2)), middle = TSimd.Mul(half, g1);
                    float* u = target + 4 * y * pointStride + lane;
                    TSimd.Store(u, g0);
                    TSimd.Store(u + pointStride, TSimd.Add(sum, middle));
                    TSimd.Store(u + 2 * pointStride, TSimd.Sub(sum, middle));
                    TSimd.Store(u + 3 * pointStride, g2);
                }
            }
        }
    }

    // V = Bᵀ d B of up to TileRows tiles, as one panel [channel][tile] for each point.
    private static void TransformInput(TiledMap image, int first, int count, float* zeros, float* staged, float* panel, nint pointStride)
    {
        float** pixels = stackalloc float*[Points];
        float** rows = stackalloc float*[Packing.MaxLanes];
        for (int channel = 0; channel < image.Channels; channel += ChannelBlock)
        {
            int channels = Math.Min(ChannelBlock, image.Channels - channel);
            for (int tile = 0; tile < count; tile++)
            {
                Place place = image[first + tile];
                for (int i = 0; i < Points; i++)
                    pixels[i] = image.Pixel(place, i / 4, i % 4, zeros) + channel;
                TransformTile(pixels, channels, staged + tile * ChannelBlock, TileRows * ChannelBlock);
            }
            for (int point = 0; point < Points; point++)
            {
                for (int tile = 0; tile < count; tile++)
                    rows[tile] = staged + (point * TileRows + tile) * ChannelBlock;
                Packing.Transposed(rows, count, channels, TileRows, panel + point * pointStride + (nint)channel * TileRows);
            }
        }
    }

    [SkipLocalsInit]
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void TransformTile(float** pixels, int channels, float* target, nint pointStride)
    {
        float* t = stackalloc float[Points * MaxWidth];
        nint w = TSimd.Width;
        for (nint c = 0; c < channels; c += w)
        {
            for (int x = 0; x < 4; x++)
            {
                TVec d0 = TSimd.Load(pixels[x] + c), d1 = TSimd.Load(pixels[4 + x] + c);
                TVec d2 = TSimd.Load(pixels[8 + x] + c), d3 = TSimd.Load(pixels[12 + x] + c);
                TSimd.Store(t + x * w, TSimd.Sub(d0, d2));
                TSimd.Store(t + (4 + x) * w, TSimd.Add(d1, d2));
                TSimd.Store(t + (8 + x) * w, TSimd.Sub(d2, d1));
                TSimd.Store(t + (12 + x) * w, TSimd.Sub(d1, d3));
            }
            float* v = target + c;
            for (int y = 0; y < 4; y++, v += 4 * pointStride)
            {
                TVec d0 = TSimd.Load(t + (4 * y) * w), d1 = TSimd.Load(t + (4 * y + 1) * w);
                TVec d2 = TSimd.Load(t + (4 * y + 2) * w), d3 = TSimd.Load(t + (4 * y + 3) * w);
                TSimd.Store(v, TSimd.Sub(d0, d2));
                TSimd.Store(v + pointStride, TSimd.Add(d1, d2));
                TSimd.Store(v + 2 * pointStride, TSimd.Sub(d2, d1));
                TSimd.Store(v + 3 * pointStride, TSimd.Sub(d1, d3));
            }
        }
    }

    // Y = Aᵀ m A of one tile and one panel of outputs, as far as it lies inside.
    [SkipLocalsInit]
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void TransformOutput(float* m, nint pointStride, TiledMap image, Place place, int column, GemmOutput output)
    {
        bool right = 2 * place.Column + 1 < image.OutputWidth, below = 2 * place.Row + 1 < image.OutputHeight;
        float* y = output.C + image.OutputPixel(place) * output.Stride + column;
        nint down = image.OutputWidth * output.Stride;
        float* t = stackalloc float[8 * MaxWidth];
        nint w = TSimd.Width;
        for (nint lane = 0; lane < TileColumns; lane += w)
        {
            for (int x = 0; x < 4; x++)
            {
                float* p = m + x * pointStride + lane;
                TVec m0 = TSimd.Load(p), m1 = TSimd.Load(p + 4 * pointStride), m2 = TSimd.Load(p + 8 * pointStride), m3 = TSimd.Load(p + 12 * pointStride);
                TSimd.Store(t + x * w, TSimd.Add(m0, TSimd.Add(m1, m2)));
                TSimd.Store(t + (4 + x) * w, TSimd.Sub(TSimd.Sub(m1, m2), m3));
            }
            float* row = y + lane;
            for (int i = 0; i < 2; i++, row += down)
            {
                if (i == 1 && !below)
                    break;
                TVec m0 = TSimd.Load(t + (4 * i) * w), m1 = TSimd.Load(t + (4 * i + 1) * w);
                TVec m2 = TSimd.Load(t + (4 * i + 2) * w), m3 = TSimd.Load(t + (4 * i + 3) * w);
                TSimd.Store(row, TSimd.Add(m0, TSimd.Add(m1, m2)));
                if (right)
                    TSimd.Store(row + output.Stride, TSimd.Sub(TSimd.Sub(m1, m2), m3));
            }
        }
    }

    // 3×3 filters by output and channel; turned, they are read from the last tap.
    private readonly struct Filters(float* weight, nint outputStride, nint channelStride, bool turned)
    {
        public float* Weight => weight;

        public nint OutputStride => outputStride;

        public nint ChannelStride => channelStride;

        public bool Turned => turned;
    }

    // A tile: the image, and its row and column among the image's tiles.
    private readonly record struct Place(int Image, int Row, int Column);

    private readonly struct TiledMap(
        float* x, int batch, int height, int width, int channels, int outputHeight, int outputWidth, int outputs, int padding)
    {
        public int Channels => channels;

        public int Outputs => outputs;

        public int OutputHeight => outputHeight;

        public int OutputWidth => outputWidth;

        public int TileColumns => (outputWidth + 1) / 2;

        public int Tiles => batch * ((outputHeight + 1) / 2) * TileColumns;

        public Place this[int tile]
        {
            get
            {
                (int rest, int column) = Math.DivRem(tile, TileColumns);
                (int image, int row) = Math.DivRem(rest, (outputHeight + 1) / 2);
                return new Place(image, row, column);
            }
        }

        /// <summary>Pixel (i, j) of a tile's 4×4, or zeros outside the image.</summary>
        public float* Pixel(Place place, int i, int j, float* zeros)
        {
            int y = 2 * place.Row - padding + i, column = 2 * place.Column - padding + j;
            return (uint)y < (uint)height && (uint)column < (uint)width
                ? x + (((nint)place.Image * height + y) * width + column) * channels
                : zeros;
        }

        /// <summary>The number of a tile's first output pixel.</summary>
        public int OutputPixel(Place place) => (place.Image * outputHeight + 2 * place.Row) * outputWidth + 2 * place.Column;
    }
}
