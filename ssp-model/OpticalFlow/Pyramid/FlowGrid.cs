using System.Numerics;
using System.Runtime.CompilerServices;
using SspNative.Kernels.Cpu;

namespace SspNative.Model.OpticalFlow.Pyramid;

/// <summary>
/// How the planes of one pyramid level lie in memory: rows with room for two pixels on every side, so that loops in whole
/// vectors read neighbours and write a row's last vector without asking where the picture ends. What is written beyond a row's end stays short of the next
/// row's margin, so that threads that have rows of their own do not meet.
/// </summary>
/// <param name="Width">Pixels of a row.</param>
/// <param name="Height">Rows.</param>
/// <param name="Pool">Where its planes come from.</param>
internal readonly record struct FlowGrid(int Width, int Height, PlanePool Pool)
{
    private const int Margin = 2;
    private const int Lanes = 16;

    // Fewer pixels are not worth another thread.
    private const int PixelsOfThread = 4096;

    public int Stride => (Width + Lanes - 1) / Lanes * Lanes + Lanes;

    public float[] NewPlane() => Pool.Take(Stride * (Height + 2 * Margin) + Lanes);

    /// <summary>Where a row's first pixel lies.</summary>
    public int Row(int y) => (y + Margin) * Stride + Margin;

    /// <summary>Runs body(first row, end) on all rows, on all threads; each row is written by one.</summary>
    public void Rows(Action<int, int> body) =>
        CpuThreads.Ranges(Height, Math.Max(1, PixelsOfThread / Width), (start, end) => body((int)start, (int)end));

    /// <summary>Repeats the outermost pixels into the margin.</summary>
    public void FillMargin(float[] plane)
    {
        for (int y = 0; y < Height; y++)
        {
            int left = Row(y), right = left + Width - 1;
            plane.AsSpan(left - Margin, Margin).Fill(plane[left]);
            plane.AsSpan(right + 1, Margin).Fill(plane[right]);
        }
        for (int k = 1; k <= Margin; k++)
        {
            plane.AsSpan(Row(0) - Margin, Stride).CopyTo(plane.AsSpan(Row(-k) - Margin));
            plane.AsSpan(Row(Height - 1) - Margin, Stride).CopyTo(plane.AsSpan(Row(Height - 1 + k) - Margin));
        }
    }

    /// <summary>The derivative by five-point differences, of a vector of pixels; the plane's margin must be filled.</summary>
    /// <param name="i">The first pixel.</param>
    /// <param name="step">1 across, the stride downwards.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector<float> Difference(float[] plane, int i, int step) =>
        (new Vector<float>(plane, i + step) - new Vector<float>(plane, i - step)) * (8 / 12f)
        - (new Vector<float>(plane, i + 2 * step) - new Vector<float>(plane, i - 2 * step)) * (1 / 12f);

    /// <summary>The plane under a symmetric kernel of five taps, in both directions; fills the plane's margin.</summary>
    public float[] Smooth(float[] plane, float centre, float near, float far)
    {
        FillMargin(plane);
        float[] across = NewPlane(), both = NewPlane();
        FlowGrid grid = this;
        Pass(plane, across, 1);
        FillMargin(across);
        Pass(across, both, Stride);
        Pool.Return(across);
        return both;

        void Pass(float[] from, float[] to, int step) => grid.Rows((start, end) =>
        {
            for (int y = start; y < end; y++)
                SmoothRow(from, to, grid.Row(y), grid.Width, step, centre, near, far);
        });
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void SmoothRow(float[] from, float[] to, int start, int width, int step, float centre, float near, float far)
    {
        for (int i = start; i < start + width; i += Vector<float>.Count)
        {
            Vector<float> sum = centre * new Vector<float>(from, i)
                + near * (new Vector<float>(from, i - step) + new Vector<float>(from, i + step))
                + far * (new Vector<float>(from, i - 2 * step) + new Vector<float>(from, i + 2 * step));
            sum.CopyTo(to, i);
        }
    }
}
