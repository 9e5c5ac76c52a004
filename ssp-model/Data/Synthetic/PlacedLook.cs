namespace SspNative.Model.Data.Synthetic;

/// <summary>A rigid thing with its place in every frame.</summary>
/// <param name="Look">What it looks like.</param>
/// <param name="Poses">One for each of the T frames.</param>
internal sealed record PlacedLook(Look Look, Pose[] Poses)
{
    public bool Moves => Poses.Any(p => p != Poses[0]);

    /// <summary>How far a point seen at a place of one frame has moved in the next: exact, as the thing is rigid.</summary>
    public (double U, double V) Motion(int frame, double x, double y)
    {
        if (Poses[frame] == Poses[frame + 1])
            return (0, 0);
        (double u, double v) = Poses[frame].ToDrawing(x, y);
        (double nextX, double nextY) = Poses[frame + 1].ToPicture(u, v);
        return (nextX - x, nextY - y);
    }
}
