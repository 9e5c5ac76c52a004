using static SspNative.Lab.Catalogue.OpInput;

namespace SspNative.Lab.Catalogue;

internal static partial class OpCatalogue
{
    /// <summary>x · scale + shift.</summary>
    private static OpEntry Affine => new("affine")
    {
        Method = nameof(Ops.Affine),
        Cases = [AffineCase("Affine", [3, 37], -2.5f, 0.75f), AffineCase("Affine@empty", [0, 5], -2.5f, 0.75f)],
        Larger = [AffineCase("Affine@large", [300, 301], -1f, 2f), AffineCase("Affine@whole vectors", [4, 32], -1f, 2f)],
        Mistakes = [OpMistake.ElementType("affine", x => Ops.Affine(x, 2f, 1f))],
        WithoutReference = "adapters compute with it, and arithmetic has cases",
    };

    /// <summary>x · scale.</summary>
    private static OpEntry Scale => new("scale")
    {
        Method = nameof(Ops.Scale),
        Cases = [new("Scale", [Uniform([41])], t => Ops.Scale(t[0], 3f), x => x[0].Map(v => 3 * v))],
        Mistakes = [OpMistake.ElementType("affine@of scale", x => Ops.Scale(x, 2f))],
        WithoutReference = "affine without a shift",
    };

    private static OpCase AffineCase(string name, Shape shape, float scale, float shift) =>
        new(name, [Uniform(shape)], t => Ops.Affine(t[0], scale, shift), x => x[0].Map(v => scale * v + shift));
}
