namespace SspNative.Model.Data.Synthetic;

/// <summary>
/// Where a drawing lies in a picture: turned, scaled, perhaps mirrored, and moved. Pixel centres have whole coordinates.
/// </summary>
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
