using System.Numerics;

namespace SspNative.Model.OpticalFlow.Pyramid;

/// <summary>
/// How the planes of one pyramid level lie in memory: rows with room for two pixels on every side, so that loops in whole
/// vectors read neighbours and write a row's last vector without asking where the picture ends.
/// </summary>
internal readonly record struct FlowGrid(int Width, int Height)
{
    private const int Margin = 2;
    private const int Lanes = 16;

    public int Stride => (Width + 2 * Margin + Lanes - 1) / Lanes * Lanes;

    public float[] NewPlane() => new float[Stride * (Height + 2 * Margin) + Lanes];

    /// <summary>Where a row's first pixel lies.</summary>
    public int Row(int y) => (y + Margin) * Stride + Margin;

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

    /// <summary>Derivatives by five-point differences; the plane's margin must be filled.</summary>
    public void Differentiate(float[] plane, float[] dx, float[] dy)
    {
        int stride = Stride;
        for (int y = 0; y < Height; y++)
            for (int i = Row(y), end = i + Width; i < end; i += Vector<float>.Count)
            {
                Difference(plane, i, 1).CopyTo(dx, i);
                Difference(plane, i, stride).CopyTo(dy, i);
            }

        static Vector<float> Difference(float[] plane, int i, int step) =>
            (new Vector<float>(plane, i + step) - new Vector<float>(plane, i - step)) * (8 / 12f)
            - (new Vector<float>(plane, i + 2 * step) - new Vector<float>(plane, i - 2 * step)) * (1 / 12f);
    }

    /// <summary>The plane under a symmetric kernel of five taps, in both directions; fills the plane's margin.</summary>
    public float[] Smooth(float[] plane, float centre, float near, float far)
    {
        FillMargin(plane);
        float[] across = NewPlane(), both = NewPlane();
        Pass(this, plane, across, 1);
        FillMargin(across);
        Pass(this, across, both, Stride);
        return both;

        void Pass(FlowGrid grid, float[] from, float[] to, int step)
        {
            for (int y = 0; y < grid.Height; y++)
                for (int i = grid.Row(y), end = i + grid.Width; i < end; i += Vector<float>.Count)
                {
                    Vector<float> sum = centre * new Vector<float>(from, i)
                        + near * (new Vector<float>(from, i - step) + new Vector<float>(from, i + step))
                        + far * (new Vector<float>(from, i - 2 * step) + new Vector<float>(from, i + 2 * step));
                    sum.CopyTo(to, i);
                }
        }
    }
}
