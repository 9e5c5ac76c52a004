using System.Runtime.CompilerServices;

namespace SspNative.Kernels.Cpu;

/// <summary>
/// The rows of an image under one row of a convolution's outputs, Kh of them, copied between margins of zeros. Tap (ky, kx, c) of output j is
/// the float at j·<see cref="Step"/> plus the tap's own offset, at the borders as in the middle.
/// </summary>
internal readonly unsafe struct ConvolutionWindow
{
    /// <param name="shape">The convolution.</param>
    /// <param name="tilePixels">Outputs read at a time: the last ones may lie beyond the row.</param>
    /// <param name="scratch">Where the tables of taps are kept.</param>
    public ConvolutionWindow(in ConvShape shape, int tilePixels, Scratch scratch)
    {
        Shape = shape;
        Channels = shape.Cin / shape.Groups;
        Outputs = shape.Cout / shape.Groups;
        RowPixels = shape.Wout;
        Taps = shape.Kh * shape.Kw * Channels;
        Step = (nint)shape.Stride * shape.Cin;
        int tiled = (RowPixels + tilePixels - 1) / tilePixels * tilePixels;
        int columns = Math.Max((tiled - 1) * shape.Stride + shape.Kw, shape.Padding + shape.W);
        RowLength = (nint)columns * shape.Cin;
        Offsets = scratch.Ints(Taps);
        Places = scratch.Ints(Taps);
        for (int tap = 0; tap < Taps; tap++)
        {
            (int pixel, int c) = Math.DivRem(tap, Channels);
            (int ky, int kx) = Math.DivRem(pixel, shape.Kw);
            Offsets[tap] = (ky * columns + kx) * shape.Cin + c;
            Places[tap] = c * shape.Kh * shape.Kw + pixel;
        }
    }

    public ConvShape Shape { get; }

    /// <summary>Input channels of a group.</summary>
    public int Channels { get; }

    /// <summary>Output channels of a group.</summary>
    public int Outputs { get; }

    /// <summary>Pixels in a row of outputs.</summary>
    public int RowPixels { get; }

    /// <summary>Values that meet in an output.</summary>
    public int Taps { get; }

    /// <summary>Floats from what one output meets to what the next one does.</summary>
    public nint Step { get; }

    /// <summary>Floats of a row, margins included.</summary>
    public nint RowLength { get; }

    /// <summary>Where in the window each tap lies for output 0, in the order (ky, kx, c).</summary>
    public int* Offsets { get; }

    /// <summary>Where among an output's weights (Cin/groups,Kh,Kw) each tap has its own.</summary>
    public int* Places { get; }

    /// <summary>Room for a window, its margins zero.</summary>
    public float* Allocate(Scratch scratch)
    {
        int length = (int)(Shape.Kh * RowLength);
        float* window = scratch.Floats(length);
        new Span<float>(window, length).Clear();
        return window;
    }

    /// <summary>Copies the rows of x (B,H,W,Cin) under a row of outputs; these are numbered through all images.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void Fill(float* window, float* x, int row)
    {
        (int image, int i) = Math.DivRem(row, Shape.Hout);
        int length = Shape.W * Shape.Cin;
        float* target = window + (nint)Shape.Padding * Shape.Cin;
        for (int ky = 0; ky < Shape.Kh; ky++, target += RowLength)
        {
            int y = i * Shape.Stride - Shape.Padding + ky;
            if ((uint)y < (uint)Shape.H)
                new ReadOnlySpan<float>(x + ((nint)image * Shape.H + y) * length, length).CopyTo(new Span<float>(target, length));
            else
                new Span<float>(target, length).Clear();
        }
    }
}
