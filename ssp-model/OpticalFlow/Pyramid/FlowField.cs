using System.Numerics;
using System.Numerics.Tensors;
using System.Runtime.CompilerServices;

namespace SspNative.Model.OpticalFlow.Pyramid;

/// <summary>A motion for every pixel, in pixels of its level.</summary>
internal sealed class FlowField(FlowGrid grid)
{
    private const int MedianRounds = 4;

    public float[] U { get; } = grid.NewPlane();

    public float[] V { get; } = grid.NewPlane();

    /// <summary>The field of the next finer level: interpolated, and twice as fast.</summary>
    public FlowField Enlarge(FlowGrid finer)
    {
        using ProfilerSpan span = Profiler.Module("enlarge");
        var larger = new FlowField(finer);
        grid.FillMargin(U);
        grid.FillMargin(V);
        finer.Rows((start, end) =>
        {
            for (int y = start; y < end; y++)
                for (int x = 0; x < finer.Width; x++)
                {
                    // Pixel x of a level is pixel 2x of the finer one.
                    int at = grid.Row(y / 2) + x / 2, right = at + x % 2, down = y % 2 * grid.Stride;
                    larger.U[finer.Row(y) + x] = 0.5f * (U[at] + U[right] + U[at + down] + U[right + down]);
                    larger.V[finer.Row(y) + x] = 0.5f * (V[at] + V[right] + V[at + down] + V[right + down]);
                }
        });
        return larger;
    }

    /// <summary>
    /// Replaces both components by their medians over 3×3 pixels, again and again: specks of a few pixels go, edges stay.
    /// </summary>
    public void Median()
    {
        using ProfilerSpan span = Profiler.Module("median");
        float[] other = grid.NewPlane();
        foreach (float[] plane in (float[][])[U, V])
            for (int round = 0; round < MedianRounds; round++)
            {
                MedianOf(plane, other);
                MedianOf(other, plane);
            }
        grid.Pool.Return(other);
    }

    /// <summary>The field without margins, (2,H,W), in pixels of a picture of a size.</summary>
    public float[] ToArray(int pictureWidth, int pictureHeight)
    {
        int width = grid.Width, height = grid.Height;
        float[] flow = new float[2 * width * height];
        for (int y = 0; y < height; y++)
        {
            Span<float> u = flow.AsSpan(y * width, width), v = flow.AsSpan((height + y) * width, width);
            TensorPrimitives.Multiply(U.AsSpan(grid.Row(y), width), (float)pictureWidth / width, u);
            TensorPrimitives.Multiply(V.AsSpan(grid.Row(y), width), (float)pictureHeight / height, v);
        }
        return flow;
    }

    /// <summary>
    /// The middle of nine: with every column of three sorted, it is the middle of the largest of the smallest, the middle
    /// of the middles and the smallest of the largest.
    /// </summary>
    private void MedianOf(float[] from, float[] to)
    {
        grid.FillMargin(from);
        grid.Rows((start, end) =>
        {
            for (int y = start; y < end; y++)
                MedianRow(from, to, grid.Row(y), grid.Width, grid.Stride);
        });
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void MedianRow(float[] from, float[] to, int start, int width, int stride)
    {
        for (int i = start; i < start + width; i += Vector<float>.Count)
        {
            (Vector<float> low0, Vector<float> mid0, Vector<float> high0) = SortColumn(from, i - 1, stride);
            (Vector<float> low1, Vector<float> mid1, Vector<float> high1) = SortColumn(from, i, stride);
            (Vector<float> low2, Vector<float> mid2, Vector<float> high2) = SortColumn(from, i + 1, stride);
            Vector<float> lows = Vector.Max(low0, Vector.Max(low1, low2)), highs = Vector.Min(high0, Vector.Min(high1, high2));
            Middle(lows, Middle(mid0, mid1, mid2), highs).CopyTo(to, i);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static (Vector<float> Low, Vector<float> Mid, Vector<float> High) SortColumn(float[] plane, int i, int stride)
    {
        var a = new Vector<float>(plane, i - stride);
        var b = new Vector<float>(plane, i);
        var c = new Vector<float>(plane, i + stride);
        return (Vector.Min(a, Vector.Min(b, c)), Middle(a, b, c), Vector.Max(a, Vector.Max(b, c)));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector<float> Middle(Vector<float> a, Vector<float> b, Vector<float> c) =>
        Vector.Max(Vector.Min(a, b), Vector.Min(Vector.Max(a, b), c));
}
