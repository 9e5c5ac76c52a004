using SspNative.Model.Media;

namespace SspNative.Model.Results;

/// <summary>
/// Outlines of the pixels of a label as COCO stores polygons: for each region <c>[x₀, y₀, x₁, y₁ …]</c> in pixels, (0, 0) being the upper left corner of the
/// picture. Corners within three quarters of a pixel of the line between others are left out, and COCO's polygons have no holes: <see cref="RunLengthMask"/>
/// is exact.
/// </summary>
internal static class Polygons
{
    /// <summary>How far a corner that is left out may lie from the outline, in pixels.</summary>
    private const double Tolerance = 0.75;

    /// <summary>Share of its area by which an outline may change; small and thin regions keep all their corners.</summary>
    private const double AreaTolerance = 0.1;

    /// <summary>Corners after the farthest so far among which a farther one is sought, so that the time is linear.</summary>
    private const int MostLookedAhead = 32;

    // Right, down, left, up.
    private static readonly (int X, int Y)[] _steps = [(1, 0), (0, 1), (-1, 0), (0, -1)];

    // From a corner of pixels, the pixel ahead at the right hand; that at the left hand is the same of the direction before.
    private static readonly (int X, int Y)[] _aheadRight = [(0, 0), (-1, 0), (-1, -1), (0, -1)];

    /// <summary>The outlines of a label's regions, each of pixels that touch at their sides.</summary>
    public static IReadOnlyList<int[]> Trace(LabelMap labels, int label)
    {
        var outlines = new List<int[]>();
        // Upper sides of pixels, of which every outline has one.
        bool[] walked = new bool[labels.Labels.Length];
        for (int y = 0; y < labels.Height; y++)
            for (int x = 0; x < labels.Width; x++)
                if (Is(labels, x, y, label) && !Is(labels, x, y - 1, label) && !walked[y * labels.Width + x])
                {
                    List<(int X, int Y)> corners = Walk(labels, label, x, y, walked);
                    long area = Area(corners);
                    if (area <= 0)
                        continue;
                    List<(int X, int Y)> simplified = Simplified(corners);
                    bool isAlike = Math.Abs(Area(simplified) - area) <= AreaTolerance * area;
                    outlines.Add([.. (isAlike ? simplified : corners).SelectMany(c => new[] { c.X, c.Y })]);
                }
        return outlines;
    }

    // Along the edges with the label at the right hand, from the upper side of a pixel back to it; the corners where the way turns.
    private static List<(int X, int Y)> Walk(LabelMap labels, int label, int startX, int startY, bool[] walked)
    {
        var corners = new List<(int X, int Y)>();
        (int x, int y) = (startX, startY);
        int direction = 0;
        do
        {
            if (direction == 0)
                walked[y * labels.Width + x] = true;
            x += _steps[direction].X;
            y += _steps[direction].Y;
            int turn = !IsAhead(labels, label, x, y, direction) ? 1 : IsAhead(labels, label, x, y, direction + 3) ? -1 : 0;
            if (turn != 0)
                corners.Add((x, y));
            direction = (direction + turn) & 3;
        }
        while ((x, y, direction) != (startX, startY, 0));
        return corners;
    }

    private static bool IsAhead(LabelMap labels, int label, int x, int y, int direction)
    {
        (int dx, int dy) = _aheadRight[direction & 3];
        return Is(labels, x + dx, y + dy, label);
    }

    private static bool Is(LabelMap labels, int x, int y, int label) =>
        x >= 0 && y >= 0 && x < labels.Width && y < labels.Height && labels[x, y] == label;

    // Twice the area; that of a hole's outline, which goes the other way round, is negative.
    private static long Area(List<(int X, int Y)> corners)
    {
        long area = 0;
        (int X, int Y) before = corners[^1];
        foreach ((int X, int Y) corner in corners)
        {
            area += (long)before.X * corner.Y - (long)corner.X * before.Y;
            before = corner;
        }
        return area;
    }

    // From a corner that stays, to the farthest whose line from there passes all corners between within the tolerance; again from that.
    private static List<(int X, int Y)> Simplified(List<(int X, int Y)> corners)
    {
        if (corners.Count <= 4)
            return corners;
        var kept = new List<(int X, int Y)>();
        for (int at = 0; at < corners.Count; at = Farthest(corners, at))
            kept.Add(corners[at]);
        return kept;
    }

    private static int Farthest(List<(int X, int Y)> corners, int at)
    {
        (int X, int Y) anchor = corners[at];
        (double Low, double High)? cone = null;
        int farthest = at + 1;
        for (int i = at + 1; i <= corners.Count && i - farthest < MostLookedAhead; i++)
        {
            (int X, int Y) corner = corners[i % corners.Count];
            if (cone is not { } open || (Turned(anchor, corner, open.Low) is var angle && angle >= 0 && angle <= open.High - open.Low))
                farthest = i;
            cone = Narrowed(cone, anchor, corner);
            if (cone is { } left && left.Low > left.High)
                break;
        }
        return farthest;
    }

    // The directions from the anchor that pass a corner within the tolerance as well.
    private static (double Low, double High)? Narrowed((double Low, double High)? cone, (int X, int Y) anchor, (int X, int Y) corner)
    {
        double distance = Math.Sqrt(Math.Pow(corner.X - anchor.X, 2) + Math.Pow(corner.Y - anchor.Y, 2));
        if (distance <= Tolerance)
            return cone;
        double half = Math.Asin(Tolerance / distance);
        if (cone is not { } open)
        {
            double direction = Math.Atan2(corner.Y - anchor.Y, corner.X - anchor.X);
            return (direction - half, direction + half);
        }
        double low = open.Low + Turned(anchor, corner, open.Low);
        return (Math.Max(open.Low, low - half), Math.Min(open.High, low + half));
    }

    // From a direction to that of a corner, −π…π.
    private static double Turned((int X, int Y) anchor, (int X, int Y) corner, double from) =>
        Math.IEEERemainder(Math.Atan2(corner.Y - anchor.Y, corner.X - anchor.X) - from, 2 * Math.PI);
}
