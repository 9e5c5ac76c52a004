namespace SspNative.Kernels.Cpu;

internal sealed unsafe partial class CpuKernels<TSimd, TVec>
{
    /// <summary>The four neighbours of a sample point in a map (H, W, C): offsets in elements, −1 outside the map, and weights.</summary>
    private readonly struct Corners
    {
        public readonly long A, B, C, D;
        public readonly float X, Y, WeightA, WeightB, WeightC, WeightD;

        /// <param name="gx">Horizontal position, −1 at the left edge and 1 at the right edge of the map.</param>
        /// <param name="gy">Vertical position likewise.</param>
        /// <param name="shape">Sizes of the map.</param>
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

    public void GridSample(in ResampleShape shape, DeviceBuffer x, DeviceBuffer grid, DeviceBuffer y)
    {
        float* px = Floats(x), pg = Floats(grid), py = Floats(y);
        ResampleShape s = shape;
        long points = (long)s.Hout * s.Wout, map = (long)s.H * s.W * s.C;
        CpuThreads.Ranges(s.B * points, RowGrain(4L * s.C), (start, end) =>
        {
            for (long point = start; point < end; point++)
            {
                float* image = px + point / points * map, to = py + point * s.C;
                var corners = new Corners(pg[2 * point], pg[2 * point + 1], s);
                new Span<float>(to, s.C).Fill(corners.Undefined ? float.NaN : 0f);
                if (corners.A >= 0)
                    AddRow(image + corners.A, corners.WeightA, to, s.C);
                if (corners.B >= 0)
                    AddRow(image + corners.B, corners.WeightB, to, s.C);
                if (corners.C >= 0)
                    AddRow(image + corners.C, corners.WeightC, to, s.C);
                if (corners.D >= 0)
                    AddRow(image + corners.D, corners.WeightD, to, s.C);
            }
        });
    }

    public void GridSampleBackward(
        in ResampleShape shape, DeviceBuffer x, DeviceBuffer grid, DeviceBuffer dy, DeviceBuffer dx, DeviceBuffer dGrid)
    {
        float* px = Floats(x), pg = Floats(grid), pdy = Floats(dy), pdx = Floats(dx), pdg = Floats(dGrid);
        ResampleShape s = shape;
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
                var n = (nint)Math.Min(64, s.C - channel);
                float* image = pdx + b * map + channel;
                for (long point = b * points; point < (b + 1) * points; point++)
                {
                    float* from = pdy + point * s.C + channel;
                    var corners = new Corners(pg[2 * point], pg[2 * point + 1], s);
                    if (corners.A >= 0)
                        AddRow(from, corners.WeightA, image + corners.A, n);
                    if (corners.B >= 0)
                        AddRow(from, corners.WeightB, image + corners.B, n);
                    if (corners.C >= 0)
                        AddRow(from, corners.WeightC, image + corners.C, n);
                    if (corners.D >= 0)
                        AddRow(from, corners.WeightD, image + corners.D, n);
                }
            }
        });
    }

    /// <summary>The gradient of one sample with respect to its position.</summary>
    private static void GridGradient(float* image, float* dy, in ResampleShape s, float* grid, float* dGrid)
    {
        var corners = new Corners(grid[0], grid[1], s);
        float a = corners.A >= 0 ? DotRows(image + corners.A, dy, s.C) : 0f;
        float b = corners.B >= 0 ? DotRows(image + corners.B, dy, s.C) : 0f;
        float c = corners.C >= 0 ? DotRows(image + corners.C, dy, s.C) : 0f;
        float d = corners.D >= 0 ? DotRows(image + corners.D, dy, s.C) : 0f;
        dGrid[0] = ((b - a) * (1f - corners.Y) + (d - c) * corners.Y) * (0.5f * s.W);
        dGrid[1] = ((c - a) * (1f - corners.X) + (d - b) * corners.X) * (0.5f * s.H);
    }
}
