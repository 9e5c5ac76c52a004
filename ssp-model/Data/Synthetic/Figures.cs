namespace SspNative.Model.Data.Synthetic;

/// <summary>
/// A figure in the plane of a drawing, given by its signed distance: negative inside, in the drawing's unit. The zero line is
/// the exact outline, from which masks are cut; the distance makes smooth edges in pictures.
/// </summary>
internal abstract record Figure
{
    public abstract double Distance(double x, double y);
}

internal sealed record Disc(double X, double Y, double Radius) : Figure
{
    public override double Distance(double x, double y) => Math.Sqrt((x - X) * (x - X) + (y - Y) * (y - Y)) - Radius;
}

/// <summary>A circle drawn with a thick pen.</summary>
internal sealed record Ring(double X, double Y, double Radius, double HalfWidth) : Figure
{
    public override double Distance(double x, double y) =>
        Math.Abs(Math.Sqrt((x - X) * (x - X) + (y - Y) * (y - Y)) - Radius) - HalfWidth;
}

/// <summary>An ellipse. Its distance is right to first order, on the outline exactly.</summary>
internal sealed record Oval(double X, double Y, double RadiusX, double RadiusY) : Figure
{
    public override double Distance(double x, double y)
    {
        double u = (x - X) / RadiusX, v = (y - Y) / RadiusY;
        double k = Math.Sqrt(u * u + v * v);
        double gradient = Math.Sqrt(u * u / (RadiusX * RadiusX) + v * v / (RadiusY * RadiusY));
        return gradient < 1e-9 ? -Math.Min(RadiusX, RadiusY) : k * (k - 1) / gradient;
    }
}

/// <summary>A rectangle with round corners, which lie inside the given half sides.</summary>
internal sealed record Slab(double X, double Y, double HalfWidth, double HalfHeight, double Corner = 0) : Figure
{
    public override double Distance(double x, double y)
    {
        double u = Math.Abs(x - X) - HalfWidth + Corner, v = Math.Abs(y - Y) - HalfHeight + Corner;
        double outsideX = Math.Max(u, 0), outsideY = Math.Max(v, 0);
        return Math.Sqrt(outsideX * outsideX + outsideY * outsideY) + Math.Min(Math.Max(u, v), 0) - Corner;
    }
}

/// <summary>A line drawn with a round pen.</summary>
internal sealed record Rod(double X0, double Y0, double X1, double Y1, double Radius) : Figure
{
    public override double Distance(double x, double y) => Segment(x, y, X0, Y0, X1, Y1) - Radius;

    /// <summary>The distance to the segment between two points.</summary>
    public static double Segment(double x, double y, double x0, double y0, double x1, double y1)
    {
        double dx = x1 - x0, dy = y1 - y0;
        double along = Math.Clamp(((x - x0) * dx + (y - y0) * dy) / (dx * dx + dy * dy), 0, 1);
        double u = x - x0 - along * dx, v = y - y0 - along * dy;
        return Math.Sqrt(u * u + v * v);
    }
}

/// <summary>A simple polygon; inside is decided by the crossings of a ray.</summary>
internal sealed record Outline(params (double X, double Y)[] Points) : Figure
{
    /// <summary>The outline whose right half is given from top to bottom.</summary>
    public static Outline Symmetric(params (double X, double Y)[] right) =>
        new([.. right, .. right.Reverse().Select(p => (-p.X, p.Y))]);

    public override double Distance(double x, double y)
    {
        double nearest = double.MaxValue;
        bool inside = false;
        (double x0, double y0) = Points[^1];
        foreach ((double x1, double y1) in Points)
        {
            nearest = Math.Min(nearest, Rod.Segment(x, y, x0, y0, x1, y1));
            if (y0 > y != y1 > y && x < x0 + (y - y0) / (y1 - y0) * (x1 - x0))
                inside = !inside;
            (x0, y0) = (x1, y1);
        }
        return inside ? -nearest : nearest;
    }
}

/// <summary>All points of some figures, without lines between them.</summary>
internal sealed record Union(params Figure[] Figures) : Figure
{
    public override double Distance(double x, double y)
    {
        double nearest = double.MaxValue;
        foreach (Figure figure in Figures)
            nearest = Math.Min(nearest, figure.Distance(x, y));
        return nearest;
    }
}
