using System.Runtime.CompilerServices;
using static SspNative.Kernels.Cpu.Blocking;

namespace SspNative.Kernels.Cpu;

internal static unsafe partial class ThinConvolution<TSimd, TVec>
{
    // Pixels to one product of dWeight: their patches (12 KB) and the two vectors of dy that these meet (32 KB) stay in L1.
    private const int RunPixels = 256;

    // dWeight is the sum of so many parts, whatever the number of threads.
    private const int Parts = 16;

    // Rows of dx in a task; it reads the Kh−1 rows of dy around them that its neighbours read too.
    private const int BandRows = 24;

    /// <summary>dWeight (Cout,Cin/groups,Kh,Kw): the sum over pixels of dy times what the taps meet in x.</summary>
    public static void BackwardWeight(in ConvShape s, float* x, float* dy, float* dWeight)
    {
        using var scratch = Scratch.Open();
        var layout = new ConvolutionWindow(s, TilePixels, scratch);
        int rows = s.B * s.Hout, parts = Math.Min(rows, Parts), width = RoundUp(layout.Outputs, TileColumns);
        nint groupLength = (nint)RoundUp(layout.Taps, TileRows) * width, length = s.Groups * groupLength;
        float* sums = scratch.Floats(Math.Max(1, parts) * length);
        // A batch of no images has no part to begin with.
        if (parts == 0)
            new Span<float>(sums, (int)length).Clear();
        CpuThreads.For(parts, part =>
        {
            int first = (int)((long)part * rows / parts), end = (int)((long)(part + 1) * rows / parts);
            SumOverRows(layout, x, dy, first, end, sums + part * length);
        });
        for (int part = 1; part < parts; part++)
            Add(sums + part * length, sums, length);
        for (int o = 0; o < s.Cout; o++, dWeight += layout.Taps)
        {
            (int group, int column) = Math.DivRem(o, layout.Outputs);
            for (int tap = 0; tap < layout.Taps; tap++)
                dWeight[layout.Places[tap]] = sums[group * groupLength + (nint)tap * width + column];
        }
    }

    /// <summary>dx: what dy gives each tap, dy · weight, is added up where the tap lies.</summary>
    public static void BackwardInput(in ConvShape shape, float* dy, float* weight, float* dx)
    {
        ConvShape s = shape;
        using var scratch = Scratch.Open();
        var layout = new ConvolutionWindow(s, TilePixels, scratch);
        float* panels = scratch.Floats((long)s.Cout * RoundUp(layout.Taps, TileRows));
        PackTapPanels(layout, weight, panels);
        int bands = (s.H + BandRows - 1) / BandRows;
        CpuThreads.For(s.B * bands, task =>
        {
            (int image, int band) = Math.DivRem(task, bands);
            InputBand(layout, image, band * BandRows, Math.Min(BandRows, s.H - band * BandRows), dy, panels, dx);
        });
    }

    // sums (group, tap, output) over rows of outputs: patchesᵀ · dy, with taps as rows so that dy is read in place.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void SumOverRows(ConvolutionWindow layout, float* x, float* dy, int first, int end, float* sums)
    {
        int groups = layout.Shape.Groups, taps = RoundUp(layout.Taps, TileRows), width = RoundUp(layout.Outputs, TileColumns);
        int run = Math.Clamp(RunPixels / layout.RowPixels, 1, end - first);
        using var scratch = Scratch.Open();
        float* window = layout.Allocate(scratch), patches = scratch.Floats((long)run * layout.RowPixels * groups * taps);
        float* edge = scratch.Floats((long)run * layout.RowPixels * TileColumns);
        for (int row = first; row < end; row += run)
        {
            int count = Math.Min(run, end - row), pixels = count * layout.RowPixels;
            for (int i = 0; i < count; i++)
            {
                layout.Fill(window, x, row + i);
                GatherPatches(layout, window, pixels, patches + (nint)i * layout.RowPixels * TileRows);
            }
            float* gradient = dy + (nint)row * layout.RowPixels * layout.Shape.Cout;
            for (int group = 0; group < groups; group++)
            {
                for (int j = 0; j < layout.Outputs; j += TileColumns)
                {
                    float* b = gradient + group * layout.Outputs + j;
                    nint stride = layout.Shape.Cout;
                    if (j + TileColumns > layout.Outputs)
                    {
                        Packing.Straight(b, stride, layout.Outputs - j, pixels, TileColumns, edge);
                        b = edge;
                        stride = TileColumns;
                    }
                    for (int tap = 0; tap < taps; tap += TileRows)
                    {
                        nint block = (nint)group * taps + tap;
                        MicroKernel<TSimd, TVec>.Multiply(
                            pixels, patches + block * pixels, b, stride, sums + block * width + j, width, accumulate: row > first);
                    }
                }
            }
        }
    }

    // A row's pixels as panels [pixel][tap] of TileRows taps; a whole panel has more pixels, of other rows.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void GatherPatches(ConvolutionWindow layout, float* window, int panelPixels, float* panel)
    {
        nint lanes = TileRows, step = layout.Step;
        for (int group = 0; group < layout.Shape.Groups; group++, window += layout.Channels)
        {
            for (int first = 0; first < layout.Taps; first += TileRows, panel += lanes * panelPixels)
            {
                for (int lane = 0; lane < lanes; lane++)
                {
                    bool exists = first + lane < layout.Taps;
                    float* target = panel + lane, source = window + (exists ? layout.Offsets[first + lane] : 0);
                    for (int pixel = layout.RowPixels; pixel > 0; pixel--, target += lanes, source += step)
                        *target = exists ? *source : 0f;
                }
            }
        }
    }

    // Rows from … from+rows−1 of an image's dx, added up between the margins of a window of so many rows.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void InputBand(ConvolutionWindow layout, int image, int from, int rows, float* dy, float* panels, float* dx)
    {
        ConvShape s = layout.Shape;
        int taps = RoundUp(layout.Taps, TileRows), tapsOfRow = s.Kw * layout.Channels;
        using var scratch = Scratch.Open();
        float* band = scratch.Floats(rows * layout.RowLength);
        float* gradient = scratch.Floats((long)TileColumns * layout.Outputs), sums = scratch.Floats((long)taps * TileColumns);
        new Span<float>(band, (int)(rows * layout.RowLength)).Clear();
        // Row y meets output row i through tap ky when y + Padding = i·Stride + ky.
        int first = Math.Max(0, (from + s.Padding - s.Kh + s.Stride) / s.Stride), last = Math.Min(s.Hout - 1, (from + rows - 1 + s.Padding) / s.Stride);
        for (int i = first; i <= last; i++)
        {
            int top = i * s.Stride - s.Padding - from, firstTap = Math.Max(0, -top) * tapsOfRow, endTap = Math.Min(s.Kh, rows - top) * tapsOfRow;
            for (int pixel = 0; pixel < s.Wout; pixel += TileColumns)
            {
                int pixels = Math.Min(TileColumns, s.Wout - pixel);
                float* source = dy + (((nint)image * s.Hout + i) * s.Wout + pixel) * s.Cout;
                float* target = band + top * layout.RowLength + pixel * layout.Step, panel = panels;
                for (int group = 0; group < s.Groups; group++, source += layout.Outputs, target += layout.Channels)
                {
                    Packing.Transposed(source, s.Cout, pixels, layout.Outputs, TileColumns, gradient);
                    for (int tap = 0; tap < taps; tap += TileRows, panel += (nint)TileRows * layout.Outputs)
                        MicroKernel<TSimd, TVec>.Multiply(
                            layout.Outputs, panel, gradient, sums + (nint)tap * TileColumns, TileColumns, accumulate: false);
                    for (int tap = firstTap; tap < endTap; tap++)
                        Scatter(sums + (nint)tap * TileColumns, pixels, target + layout.Offsets[tap], layout.Step);
                }
            }
        }
        int length = s.W * s.Cin;
        for (int y = 0; y < rows; y++)
            new ReadOnlySpan<float>(band + y * layout.RowLength + (nint)s.Padding * s.Cin, length)
                .CopyTo(new Span<float>(dx + ((nint)image * s.H + from + y) * length, length));
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Scatter(float* source, int count, float* target, nint step)
    {
        for (; count > 0; count--, source++, target += step)
            *target += *source;
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Add(float* x, float* sum, nint length)
    {
        for (nint i = 0; i < length; i += TSimd.Width)
            TSimd.Store(sum + i, TSimd.Add(TSimd.Load(sum + i), TSimd.Load(x + i)));
    }

    // Panels of TileRows taps, a row for each output of the group.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void PackTapPanels(ConvolutionWindow layout, float* weight, float* panels)
    {
        for (int group = 0; group < layout.Shape.Groups; group++, weight += layout.Outputs * layout.Taps)
        {
            for (int first = 0; first < layout.Taps; first += TileRows)
            {
                for (int o = 0; o < layout.Outputs; o++)
                {
                    for (int tap = first; tap < first + TileRows; tap++)
                        *panels++ = tap < layout.Taps ? weight[o * layout.Taps + layout.Places[tap]] : 0f;
                }
            }
        }
    }
}
