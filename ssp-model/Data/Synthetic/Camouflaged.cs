namespace SspNative.Model.Data.Synthetic;

/// <summary>A look whose colours give way to the texture of a background. The texture is the thing's own: it moves and turns with it.</summary>
/// <param name="Inner">What it would look like.</param>
/// <param name="Background">Where the texture is from.</param>
/// <param name="Share">How much of the colour is the texture's: 1 leaves nothing else.</param>
/// <param name="Scale">Pixels of the texture for a unit of the look.</param>
/// <param name="X">The texture's column at the look's origin.</param>
/// <param name="Y">The texture's row there.</param>
internal sealed record Camouflaged(Look Inner, Background Background, double Share, double Scale, double X, double Y) : Look(Inner.Reach)
{
    public override Rgb Sample(double x, double y, double pixelsPerUnit, out double coverage, out bool solid)
    {
        Rgb colour = Inner.Sample(x, y, pixelsPerUnit, out coverage, out solid);
        return coverage == 0 ? colour : colour.Mix(Background.At(X + Scale * x, Y + Scale * y, 0), Share);
    }
}
