using static SspNative.Lab.Catalogue.OpInput;

namespace SspNative.Lab.Catalogue;

internal static partial class OpCatalogue
{
    /// <summary>Several linear layers of one input, side by side.</summary>
    private static OpEntry LinearConcat => new("linear_concat")
    {
        Method = nameof(Ops.LinearConcat),
        Cases =
        [
            new(
                "LinearConcat", [Uniform([3, 7, 13]), Uniform([5, 13]), Uniform([5]), Uniform([9, 13]), Uniform([2, 13]), Uniform([2])],
                t => Ops.LinearConcat(t[0], (t[1], t[2]), (t[3], null), (t[4], t[5])),
                x => ConcatOf([LinearOf(x[0], x[1], x[2]), LinearOf(x[0], x[3]), LinearOf(x[0], x[4], x[5])], 2)),
            new(
                "LinearConcat@bf16", [Uniform([3, 7, 13]).Constant(), BFloat16([5, 13]), Uniform([5]).Constant(), BFloat16([9, 13])],
                t => Ops.LinearConcat(t[0], (t[1], t[2]), (t[3], null)), x => ConcatOf([LinearOf(x[0], x[1], x[2]), LinearOf(x[0], x[3])], 2)),
            new(
                "LinearConcat@vector", [Uniform([13]), Uniform([5, 13]), Uniform([5]), Uniform([9, 13])],
                t => Ops.LinearConcat(t[0], (t[1], t[2]), (t[3], null)), x => ConcatOf([LinearOf(x[0], x[1], x[2]), LinearOf(x[0], x[3])], 0)),
            new(
                "LinearConcat@empty", [Uniform([0, 13]), Uniform([5, 13]), Uniform([5])], t => Ops.LinearConcat(t[0], (t[1], t[2])),
                x => LinearOf(x[0], x[1], x[2])),
        ],
        Mistakes =
        [
            new(
                "linear_concat@channels", "every weight must be (out, 13)", [Uniform([2, 13]), Uniform([5, 12]), Uniform([5])],
                t => Ops.LinearConcat(t[0], (t[1], t[2]))),
            new(
                "linear_concat@bias", "the bias must be (5)", [Uniform([2, 13]), Uniform([5, 13]), Uniform([6])],
                t => Ops.LinearConcat(t[0], (t[1], t[2]))),
            new("linear_concat@scalar", "the input must be (…, in)", [Uniform([])], t => Ops.LinearConcat(t[0])),
        ],
        WithoutReference = "linear's, side by side",
    };
}
