using System.Runtime.CompilerServices;

namespace SspNative.Kernels.Cpu;

internal sealed unsafe partial class CpuKernels<TSimd, TVec>
{
    /// <summary>
    /// The four neighbours of a sample point in a map (H, W, C): offsets in elements, −1 outside the map, and weights.
    /// </summary>
    private readonly struct Corners
    {
        public readonly long A, B, C, D;
        public readonly float X, Y, WeightA, WeightB, WeightC, WeightD;

        /// <param name="gx">Horizontal position, −1 at the left edge and 1 at the right edge of the map.</param>
        /// <param name="gy">Vertical position likewise.</param>
        /// <param name="shape">Sizes of the map.</param>
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public Corners(float gx, float gy, in ResampleShape shape)
        {
            float x = ((gx + 1f) * shape.W - 1f) * 0.5f, y = ((gy + 1f) * shape.H - 1f) * 0.5f;
            float left = MathF.Floor(x), top = MathF.Floor(y);
            X = x - left;
            Y = y - top;
            WeightA = (1f - X) * (1f - Y);
            WeightB = X * (1f - Y);
            WeightC = (1f - X) * Y;
            WeightD = X * Y;
            bool leftIn = left >= 0 && left < shape.W, rightIn = left >= -1 && left < shape.W - 1;
            bool topIn = top >= 0 && top < shape.H, bottomIn = top >= -1 && top < shape.H - 1;
            long at = leftIn || rightIn ? (long)left * shape.C : 0, row = (long)shape.W * shape.C;
            at += topIn || bottomIn ? (long)top * row : 0;
            A = leftIn && topIn ? at : -1;
            B = rightIn && topIn ? at + shape.C : -1;
            C = leftIn && bottomIn ? at + row : -1;
            D = rightIn && bottomIn ? at + row + shape.C : -1;
        }

        /// <summary>Whether the position was NaN or infinite; the sample is then NaN.</summary>
        public bool Undefined => !float.IsFinite(X) || !float.IsFinite(Y);
    }

    public void GridSample(in GridSampleCall call)
    {
        float* px = Floats(call.X), pg = Floats(call.Grid), py = Floats(call.Y);
        ResampleShape s = call.Shape;
        long points = (long)s.Hout * s.Wout, map = (long)s.H * s.W * s.C;
        CpuThreads.Ranges(s.B * points, RowGrain(4L * s.C), (start, end) =>
        {
            for (long point = start; point < end;)
            {
                // The points of one image at a time.
                long b = point / points, last = Math.Min(end, (b + 1) * points);
                SamplePoints(px + b * map, s, pg + 2 * point, py + point * s.C, (nint)(last - point));
                point = last;
            }
        });
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void SamplePoints(float* image, ResampleShape s, float* grid, float* y, nint points)
    {
        nint channels = s.C;
        for (nint point = 0; point < points; point++, y += channels)
        {
            var corners = new Corners(grid[2 * point], grid[2 * point + 1], s);
            if (channels == 1)
            {
                float value = corners.Undefined ? float.NaN : 0f;
                value += corners.A >= 0 ? corners.WeightA * image[corners.A] : 0f;
                value += corners.B >= 0 ? corners.WeightB * image[corners.B] : 0f;
                value += corners.C >= 0 ? corners.WeightC * image[corners.C] : 0f;
                *y = value + (corners.D >= 0 ? corners.WeightD * image[corners.D] : 0f);
            }
            else if ((corners.A | corners.B | corners.C | corners.D) >= 0)
            {
                BlendRows(image + corners.A, corners.WeightA, image + corners.B, corners.WeightB, y, channels);
                AddRow(image + corners.C, corners.WeightC, y, channels);
                AddRow(image + corners.D, corners.WeightD, y, channels);
            }
            else
            {
                new Span<float>(y, (int)channels).Fill(corners.Undefined ? float.NaN : 0f);
                if (corners.A >= 0)
                    AddRow(image + corners.A, corners.WeightA, y, channels);
                if (corners.B >= 0)
                    AddRow(image + corners.B, corners.WeightB, y, channels);
                if (corners.C >= 0)
                    AddRow(image + corners.C, corners.WeightC, y, channels);
                if (corners.D >= 0)
                    AddRow(image + corners.D, corners.WeightD, y, channels);
            }
        }
    }

    public void GridSampleBackward(in GridSampleBackwardCall call)
    {
        float* px = Floats(call.X), pg = Floats(call.Grid), pdy = Floats(call.Dy), pdx = Floats(call.Dx), pdg = Floats(call.DGrid);
        ResampleShape s = call.Shape;
        long points = (long)s.Hout * s.Wout, map = (long)s.H * s.W * s.C;
        CpuThreads.Ranges(s.B * points, RowGrain(4L * s.C), (start, end) =>
        {
            for (long point = start; point < end; point++)
                GridGradient(px + point / points * map, pdy + point * s.C, s, pg + 2 * point, pdg + 2 * point);
        });
        // Each thread owns images and channels, so that the contributions to one element are added in the order of the points.
        long parts = (s.C + 63) / 64;
        Clear(pdx, s.B * map);
        CpuThreads.Ranges(s.B * parts, 1, (start, end) =>
        {
            for (long item = start; item < end; item++)
            {
                long b = item / parts, channel = item % parts * 64;
                SpreadPoints(
                    pdy + b * points * s.C + channel, s, pg + 2 * b * points, pdx + b * map + channel, (nint)points,
                    (nint)Math.Min(64, s.C - channel));
            }
        });
    }

    /// <summary>Adds the gradients of all samples of an image, n channels of them, to the corners they came from.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void SpreadPoints(float* dy, ResampleShape s, float* grid, float* dx, nint points, nint n)
    {
        for (nint point = 0; point < points; point++, dy += s.C)
        {
            var corners = new Corners(grid[2 * point], grid[2 * point + 1], s);
            if (n == 1)
            {
                AddAt(dx, corners.A, corners.WeightA * *dy);
                AddAt(dx, corners.B, corners.WeightB * *dy);
                AddAt(dx, corners.C, corners.WeightC * *dy);
                AddAt(dx, corners.D, corners.WeightD * *dy);
                continue;
            }
            if (corners.A >= 0)
                AddRow(dy, corners.WeightA, dx + corners.A, n);
            if (corners.B >= 0)
                AddRow(dy, corners.WeightB, dx + corners.B, n);
            if (corners.C >= 0)
                AddRow(dy, corners.WeightC, dx + corners.C, n);
            if (corners.D >= 0)
                AddRow(dy, corners.WeightD, dx + corners.D, n);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void AddAt(float* x, long index, float value)
    {
        if (index >= 0)
            x[index] += value;
    }

    /// <summary>The gradient of one sample with respect to its position.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void GridGradient(float* image, float* dy, in ResampleShape s, float* grid, float* dGrid)
    {
        var corners = new Corners(grid[0], grid[1], s);
        float a = CornerGradient(image, corners.A, dy, s.C);
        float b = CornerGradient(image, corners.B, dy, s.C);
        float c = CornerGradient(image, corners.C, dy, s.C);
        float d = CornerGradient(image, corners.D, dy, s.C);
        dGrid[0] = ((b - a) * (1f - corners.Y) + (d - c) * corners.Y) * (0.5f * s.W);
        dGrid[1] = ((c - a) * (1f - corners.X) + (d - b) * corners.X) * (0.5f * s.H);
    }

    /// <summary>Σ over channels of dy · x at a corner; 0 outside the map.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static float CornerGradient(float* image, long corner, float* dy, nint channels) =>
        corner < 0 ? 0f : channels == 1 ? image[corner] * *dy : DotRows(image + corner, dy, channels);
}
