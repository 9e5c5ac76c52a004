using static SspNative.Lab.Catalogue.OpInput;

namespace SspNative.Lab.Catalogue;

internal static partial class OpCatalogue
{
    /// <summary>1 where x &lt; threshold, else 0.</summary>
    private static OpEntry LessThan => new("less_than")
    {
        Method = nameof(Ops.LessThan),
        Cases = [.. new[] { 0, 1, 5, 37, 128 }.Select(LessThanCase)],
        Larger = [LessThanCase(70_003)],
        Mistakes = [OpMistake.ElementType("less_than", x => Ops.LessThan(x, 0f))],
        WithoutGradient = "its result is bytes",
        WithoutReference = "a comparison has no rounding",
    };

    private static OpCase LessThanCase(int count) =>
        new($"LessThan@{count}", [Uniform([count]).Constant()], t => Ops.LessThan(t[0], 0.25f), x => x[0].Map(v => v < 0.25 ? 1 : 0));
}
