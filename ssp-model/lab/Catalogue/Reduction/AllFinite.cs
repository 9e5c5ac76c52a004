using static SspNative.Lab.Catalogue.OpInput;

namespace SspNative.Lab.Catalogue;

internal static partial class OpCatalogue
{
    /// <summary>1 if every element is finite, else 0.</summary>
    private static OpEntry AllFinite => new("all_finite")
    {
        Method = nameof(Ops.AllFinite),
        Cases =
        [
            .. new[] { 0, 1, 5, 37, 128 }.Select(count => AllFiniteCase($"AllFinite@{count}", Uniform([count]))),
            .. new[] { float.NaN, float.PositiveInfinity, float.NegativeInfinity }.Select(value => AllFiniteCase($"AllFinite@{value}", Full([37], value))),
        ],
        Larger = [AllFiniteCase("AllFinite@large", Uniform([70_003]))],
        Mistakes = [OpMistake.ElementType("all_finite", Finite)],
        WithoutGradient = "its result is true or false",
        WithoutReference = "there is no number to compare",
    };

    private static OpCase AllFiniteCase(string name, OpInput input) =>
        new(name, [input.Constant()], t => Finite(t[0]), x => new DoubleTensor([1], [x[0].Values.All(double.IsFinite) ? 1 : 0]));

    private static Tensor Finite(Tensor x) => Tensor.FromArray([Ops.AllFinite(x) ? 1f : 0f], [1], x.Device);
}
