namespace SspNative.Model.Data.Synthetic;

/// <summary>What a rigid thing looks like, in a plane of its own: upright, x to the right and y down.</summary>
/// <param name="Reach">Nothing of it is farther from the plane's origin.</param>
internal abstract record Look(double Reach)
{
    /// <summary>The colour at a point and how much of the pixel the thing covers, 0…1.</summary>
    /// <param name="x">Column of the plane.</param>
    /// <param name="y">Row of the plane.</param>
    /// <param name="pixelsPerUnit">The pose's scale.</param>
    /// <param name="coverage">How much of the pixel it covers.</param>
    /// <param name="solid">Whether the point counts as the thing: what masks go by.</param>
    public abstract Rgb Sample(double x, double y, double pixelsPerUnit, out double coverage, out bool solid);
}

/// <summary>A drawing of figures, whose outline is exact at every scale.</summary>
/// <param name="Parts">From back to front.</param>
/// <param name="Reach">No part is farther from the origin.</param>
/// <param name="Grain">Seed of the fine mottling that gives every surface something to follow.</param>
internal sealed record Drawing(Part[] Parts, double Reach, ulong Grain) : Look(Reach)
{
    private const double OutlineUnits = 0.05;
    private const double GrainPerUnit = 9;

    public override Rgb Sample(double x, double y, double pixelsPerUnit, out double coverage, out bool solid)
    {
        Rgb colour = default;
        coverage = 0;
        solid = false;
        foreach (Part part in Parts)
        {
            double distance = part.Figure.Distance(x, y);
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
}
