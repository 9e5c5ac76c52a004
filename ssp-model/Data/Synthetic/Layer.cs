namespace SspNative.Model.Data.Synthetic;

/// <summary>Where a drawing lies in a picture: turned, scaled, perhaps mirrored, and moved. Pixel centres have whole coordinates.</summary>
/// <param name="X">Column of the drawing's origin.</param>
/// <param name="Y">Row of the drawing's origin.</param>
/// <param name="Angle">Turn in radians, clockwise as seen.</param>
/// <param name="Scale">Pixels per unit of the drawing.</param>
/// <param name="Mirrored">Whether left and right of the drawing are exchanged first.</param>
internal readonly record struct Pose(double X, double Y, double Angle, double Scale, bool Mirrored)
{
    /// <summary>The point of the drawing that is seen at a place of the picture.</summary>
    public (double X, double Y) ToDrawing(double x, double y)
    {
        (double sin, double cos) = Math.SinCos(Angle);
        double u = ((x - X) * cos + (y - Y) * sin) / Scale, v = ((y - Y) * cos - (x - X) * sin) / Scale;
        return (Mirrored ? -u : u, v);
    }

    /// <summary>Where a point of the drawing is seen.</summary>
    public (double X, double Y) ToPicture(double u, double v)
    {
        (double sin, double cos) = Math.SinCos(Angle);
        double mirrored = Mirrored ? -u : u;
        return (X + Scale * (mirrored * cos - v * sin), Y + Scale * (mirrored * sin + v * cos));
    }
}

/// <summary>A rigid drawing with its place in every frame.</summary>
/// <param name="Parts">What it looks like.</param>
/// <param name="Reach">No part is farther from the drawing's origin.</param>
/// <param name="Poses">One for each of the T frames.</param>
/// <param name="Grain">Seed of the fine mottling that gives every surface something to follow.</param>
internal sealed record Layer(Part[] Parts, double Reach, Pose[] Poses, ulong Grain)
{
    private const double OutlineUnits = 0.05;
    private const double GrainPerUnit = 9;

    /// <summary>The colour at a point of the drawing and how much of the pixel it covers, 0…1.</summary>
    /// <param name="pixelsPerUnit">The pose's scale.</param>
    /// <param name="solid">Whether the point itself lies inside: what masks go by.</param>
    public Rgb Sample(double x, double y, double pixelsPerUnit, out double coverage, out bool solid)
    {
        Rgb colour = default;
        coverage = 0;
        solid = false;
        foreach (Part part in Parts)
        {
            double distance = part.Shape.Distance(x, y);
            double cover = Math.Clamp(0.5 - distance * pixelsPerUnit, 0, 1);
            if (cover == 0)
                continue;
            solid |= distance < 0;
            // A darker rim sets the parts off from each other and from the background.
            double rim = Math.Clamp(0.5 + (distance + OutlineUnits) * pixelsPerUnit, 0, 1);
            Rgb paint = part.At(x, y) * (1 - 0.5 * rim);
            colour = colour.Mix(paint, cover / (cover + coverage * (1 - cover)));
            coverage += cover * (1 - coverage);
        }
        if (coverage == 0)
            return colour;
        double light = 1.06 - 0.14 * (0.5 * x + y) / Reach;
        double mottle = 1 + 0.34 * (ValueNoise.Fractal(x * GrainPerUnit, y * GrainPerUnit, Grain, 2) - 0.5);
        return colour * (light * mottle);
    }

    /// <summary>How far a point seen at a place of one frame has moved in the next: exact, as the drawing is rigid.</summary>
    public (double U, double V) Motion(int frame, double x, double y)
    {
        if (Poses[frame] == Poses[frame + 1])
            return (0, 0);
        (double u, double v) = Poses[frame].ToDrawing(x, y);
        (double nextX, double nextY) = Poses[frame + 1].ToPicture(u, v);
        return (nextX - x, nextY - y);
    }
}
