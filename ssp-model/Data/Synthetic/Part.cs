namespace SspNative.Model.Data.Synthetic;

/// <summary>A figure of a drawing and how it is painted: two colours, mixed by a pattern.</summary>
/// <param name="Pattern">How much of the second colour a point of the drawing has, 0…1; null: none.</param>
internal sealed record Part(Figure Figure, Rgb Colour, Rgb Second = default, Func<double, double, double>? Pattern = null)
{
    public Rgb At(double x, double y) => Pattern is null ? Colour : Colour.Mix(Second, Pattern(x, y));
}
