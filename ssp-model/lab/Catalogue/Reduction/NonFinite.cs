using static SspNative.Lab.Catalogue.OpInput;

namespace SspNative.Lab.Catalogue;

internal static partial class OpCatalogue
{
    /// <summary>The first of several tensors that has a number which is not finite; −1 if none has.</summary>
    private static OpEntry NonFinite => new("non_finite")
    {
        Method = nameof(Ops.FirstNonFinite),
        Cases =
        [
            .. new[] { 0, 1, 5, 37, 128 }.Select(count => NonFiniteCase($"FirstNonFinite@{count}", Uniform([count]))),
            .. new[] { float.NaN, float.PositiveInfinity, float.NegativeInfinity }.Select(value => NonFiniteCase($"FirstNonFinite@{value}", Full([37], value))),
            NonFiniteCase("FirstNonFinite@third", Uniform([5]), Uniform([0]), Full([3], float.NaN), Full([2], float.PositiveInfinity)),
        ],
        Larger = [NonFiniteCase("FirstNonFinite@large", Uniform([70_003]))],
        Mistakes = [OpMistake.ElementType("non_finite", x => First(x))],
        WithoutGradient = "its result is a place in a list",
        WithoutReference = "there is no number to compare",
    };

    private static OpCase NonFiniteCase(string name, params OpInput[] inputs) => new(
        name, [.. inputs.Select(i => i.Constant())], First,
        x => new DoubleTensor([1], [Array.FindIndex(x, t => !t.Values.All(double.IsFinite))]));

    private static Tensor First(params Tensor[] x) => Tensor.FromArray([(float)Ops.FirstNonFinite(x)], [1], x[0].Device);
}
