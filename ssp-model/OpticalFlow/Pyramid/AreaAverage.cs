using System.Numerics;
using System.Runtime.CompilerServices;
using SspNative.Model.Media;

namespace SspNative.Model.OpticalFlow.Pyramid;

/// <summary>A picture made smaller: each pixel is the mean of the area that it covers, pixels that it covers in part counting by that part.</summary>
internal static class AreaAverage
{
    /// <summary>Red, green and blue, 0…1, as planes of a grid.</summary>
    public static float[][] Shrink(Image image, FlowGrid grid)
    {
        float[][] planes = [grid.NewPlane(), grid.NewPlane(), grid.NewPlane()];
        (int Start, float[] Shares)[] columns = [.. Enumerable.Range(0, grid.Width).Select(x => Covered(x, grid.Width, image.Width))];
        grid.Rows((start, end) =>
        {
            float[] sums = new float[3 * image.Width + Vector<byte>.Count];
            for (int y = start; y < end; y++)
            {
                (int top, float[] shares) = Covered(y, grid.Height, image.Height);
                Array.Clear(sums);
                for (int k = 0; k < shares.Length; k++)
                    Add(image.Rgb.AsSpan(3 * (top + k) * image.Width, 3 * image.Width), shares[k] / 255f, sums);
                for (int x = 0; x < columns.Length; x++)
                    (planes[0][grid.Row(y) + x], planes[1][grid.Row(y) + x], planes[2][grid.Row(y) + x]) = Sum(sums, columns[x].Start, columns[x].Shares);
            }
        });
        return planes;
    }

    // The pixels of the larger side under one of the smaller, and their shares of its area.
    private static (int Start, float[] Shares) Covered(int index, int smaller, int larger)
    {
        double from = (double)index * larger / smaller, to = (double)(index + 1) * larger / smaller;
        int start = (int)from, end = Math.Min(larger, (int)Math.Ceiling(to));
        return (start, [.. Enumerable.Range(start, end - start).Select(k => (float)((Math.Min(to, k + 1) - Math.Max(from, k)) / (to - from)))]);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Add(ReadOnlySpan<byte> row, float share, float[] sums)
    {
        int i = 0;
        for (; i + Vector<byte>.Count <= row.Length; i += Vector<byte>.Count)
        {
            Vector.Widen(new Vector<byte>(row[i..]), out Vector<ushort> low, out Vector<ushort> high);
            AddTo(sums, i, low, share);
            AddTo(sums, i + Vector<ushort>.Count, high, share);
        }
        for (; i < row.Length; i++)
            sums[i] += share * row[i];
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void AddTo(float[] sums, int i, Vector<ushort> values, float share)
    {
        Vector.Widen(values, out Vector<uint> low, out Vector<uint> high);
        (new Vector<float>(sums, i) + share * Vector.ConvertToSingle(Vector.AsVectorInt32(low))).CopyTo(sums, i);
        i += Vector<float>.Count;
        (new Vector<float>(sums, i) + share * Vector.ConvertToSingle(Vector.AsVectorInt32(high))).CopyTo(sums, i);
    }

    private static (float, float, float) Sum(float[] sums, int start, float[] shares)
    {
        float red = 0, green = 0, blue = 0;
        for (int k = 0; k < shares.Length; k++)
        {
            int at = 3 * (start + k);
            red += shares[k] * sums[at];
            green += shares[k] * sums[at + 1];
            blue += shares[k] * sums[at + 2];
        }
        return (red, green, blue);
    }
}
