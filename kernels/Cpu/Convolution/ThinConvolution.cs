using System.Runtime.CompilerServices;
using static SspNative.Kernels.Cpu.Blocking;

namespace SspNative.Kernels.Cpu;

/// <summary>
/// Convolutions in which few values of the image meet in an output (Kh·Kw·Cin/groups taps): as a product of matrices they are so thin that to
/// gather the patches costs more than to multiply them. A <see cref="ConvolutionWindow"/> makes all pixels of a row alike, and y is multiplied
/// right from it.
/// </summary>
internal static unsafe partial class ThinConvolution<TSimd, TVec>
    where TSimd : struct, ISimd<TVec>
    where TVec : struct
{
    // From about a hundred on, products over patches are as fast.
    private const int MaxTaps = 96;

    // Multiply-adds that a thread should at least do.
    private const long Grain = 1 << 17;

    private static int TileRows => MicroKernel<TSimd, TVec>.Rows;

    private static int TileColumns => MicroKernel<TSimd, TVec>.Columns;

    private static bool HasManyRegisters => TSimd.TileRows > 6;

    // Outputs side by side in the register tile of y.
    private static int TilePixels => HasManyRegisters ? 8 : 6;

    /// <summary>Whether the taps are few. Those of 1×1 are pixels, and a product needs no patches of them.</summary>
    public static bool Suits(in ConvShape s) => s.Kh * s.Kw > 1 && s.Kh * s.Kw * (s.Cin / s.Groups) <= MaxTaps;

    /// <summary>y = x ∗ weight (Cout,Cin/groups,Kh,Kw), finished as <paramref name="output"/> says.</summary>
    public static void Forward(in ConvShape s, float* x, float* weight, GemmOutput output)
    {
        using var scratch = Scratch.Open();
        var layout = new ConvolutionWindow(s, TilePixels, scratch);
        float* panels = scratch.Floats((long)s.Groups * RoundUp(layout.Outputs, TileColumns) * (layout.Taps + 1));
        PackWeights(layout, weight, output.Bias, panels);
        // Bias and ReLU are the tile's own; another activation follows.
        float floor = output.Activation == Activation.Relu ? 0f : float.NegativeInfinity;
        GemmOutput rest = output with { Bias = null, Activation = output.Activation == Activation.Relu ? Activation.None : output.Activation };
        CpuThreads.Ranges(s.B * s.Hout, Math.Max(1, Grain / ((long)s.Wout * layout.Taps * s.Cout)), (from, to) =>
        {
            using var local = Scratch.Open();
            float* window = layout.Allocate(local), edge = local.Floats(TilePixels * TileColumns);
            for (int row = (int)from; row < to; row++)
            {
                layout.Fill(window, x, row);
                Row(layout, window, panels, floor, rest, row * layout.RowPixels, edge);
            }
        });
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Row(ConvolutionWindow layout, float* window, float* panels, float floor, GemmOutput output, int firstPixel, float* edge)
    {
        for (int pixel = 0; pixel < layout.RowPixels; pixel += TilePixels)
        {
            int pixels = Math.Min(TilePixels, layout.RowPixels - pixel), row = firstPixel + pixel;
            float* panel = panels;
            for (int group = 0; group < layout.Shape.Groups; group++)
            {
                float* x = window + pixel * layout.Step + (nint)group * layout.Channels;
                for (int j = 0; j < layout.Outputs; j += TileColumns, panel += (layout.Taps + 1) * TileColumns)
                {
                    int column = group * layout.Outputs + j, columns = Math.Min(TileColumns, layout.Outputs - j);
                    float* c = output.C + row * output.Stride + column;
                    if (pixels == TilePixels && columns == TileColumns)
                    {
                        Tile(layout.Taps, layout.Offsets, x, layout.Step, panel, floor, c, output.Stride);
                    }
                    else
                    {
                        // A tile that reaches over the edge of y is computed whole, beside y.
                        Tile(layout.Taps, layout.Offsets, x, layout.Step, panel, floor, edge, TileColumns);
                        for (int i = 0; i < pixels; i++)
                            Packing.Copy(edge + i * TileColumns, columns, c + i * output.Stride);
                    }
                    if (output.Activation != Activation.None)
                        output.Finish<TSimd, TVec>(row, column, pixels, columns, edge);
                }
            }
        }
    }

    // Outputs side by side, two vectors of channels each: max(Σ over taps of x · weight + bias, floor).
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Tile(nint taps, int* offsets, float* x, nint step, float* panel, float floor, float* c, nint stride)
    {
        nint w = TSimd.Width, step3 = 3 * step;
        TVec b0, b1;
        TVec c00 = TSimd.Zero, c01 = TSimd.Zero, c10 = TSimd.Zero, c11 = TSimd.Zero;
        TVec c20 = TSimd.Zero, c21 = TSimd.Zero, c30 = TSimd.Zero, c31 = TSimd.Zero;
        TVec c40 = TSimd.Zero, c41 = TSimd.Zero, c50 = TSimd.Zero, c51 = TSimd.Zero;
        TVec c60 = TSimd.Zero, c61 = TSimd.Zero, c70 = TSimd.Zero, c71 = TSimd.Zero;
        for (; taps > 0; taps--)
        {
            b0 = TSimd.Load(panel);
            b1 = TSimd.Load(panel + w);
            panel += 2 * w;
            float* p = x + *offsets++;
            TVec a = TSimd.Broadcast(p[0]);
            c00 = TSimd.Fma(a, b0, c00);
            c01 = TSimd.Fma(a, b1, c01);
            a = TSimd.Broadcast(p[step]);
            c10 = TSimd.Fma(a, b0, c10);
            c11 = TSimd.Fma(a, b1, c11);
            a = TSimd.Broadcast(p[2 * step]);
            c20 = TSimd.Fma(a, b0, c20);
            c21 = TSimd.Fma(a, b1, c21);
            a = TSimd.Broadcast(p[step3]);
            c30 = TSimd.Fma(a, b0, c30);
            c31 = TSimd.Fma(a, b1, c31);
            p += 4 * step;
            a = TSimd.Broadcast(p[0]);
            c40 = TSimd.Fma(a, b0, c40);
            c41 = TSimd.Fma(a, b1, c41);
            a = TSimd.Broadcast(p[step]);
            c50 = TSimd.Fma(a, b0, c50);
            c51 = TSimd.Fma(a, b1, c51);
            if (HasManyRegisters)
            {
                a = TSimd.Broadcast(p[2 * step]);
                c60 = TSimd.Fma(a, b0, c60);
                c61 = TSimd.Fma(a, b1, c61);
                a = TSimd.Broadcast(p[step3]);
                c70 = TSimd.Fma(a, b0, c70);
                c71 = TSimd.Fma(a, b1, c71);
            }
        }
        b0 = TSimd.Load(panel);
        b1 = TSimd.Load(panel + w);
        TVec least = TSimd.Broadcast(floor);
        StorePixel(c, TSimd.Add(c00, b0), TSimd.Add(c01, b1), least);
        StorePixel(c += stride, TSimd.Add(c10, b0), TSimd.Add(c11, b1), least);
        StorePixel(c += stride, TSimd.Add(c20, b0), TSimd.Add(c21, b1), least);
        StorePixel(c += stride, TSimd.Add(c30, b0), TSimd.Add(c31, b1), least);
        StorePixel(c += stride, TSimd.Add(c40, b0), TSimd.Add(c41, b1), least);
        StorePixel(c += stride, TSimd.Add(c50, b0), TSimd.Add(c51, b1), least);
        if (HasManyRegisters)
        {
            StorePixel(c += stride, TSimd.Add(c60, b0), TSimd.Add(c61, b1), least);
            StorePixel(c + stride, TSimd.Add(c70, b0), TSimd.Add(c71, b1), least);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void StorePixel(float* c, TVec x0, TVec x1, TVec least)
    {
        TSimd.Store(c, TSimd.Max(least, x0));
        TSimd.Store(c + TSimd.Width, TSimd.Max(least, x1));
    }

    // Panels of two vectors of outputs: a row for each tap, then their bias.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void PackWeights(ConvolutionWindow layout, float* weight, float* bias, float* panels)
    {
        int rows = layout.Taps + 1;
        for (int group = 0; group < layout.Shape.Groups; group++)
        {
            for (int j = 0; j < layout.Outputs; j += TileColumns, panels += rows * TileColumns)
            {
                int lanes = Math.Min(TileColumns, layout.Outputs - j), o = group * layout.Outputs + j;
                new Span<float>(panels, rows * TileColumns).Clear();
                for (int lane = 0; lane < lanes; lane++, o++)
                {
                    float* target = panels + lane, source = weight + (nint)o * layout.Taps;
                    for (int tap = 0; tap < layout.Taps; tap++, target += TileColumns)
                        *target = source[layout.Places[tap]];
                    *target = bias == null ? 0f : bias[o];
                }
            }
        }
    }
}
