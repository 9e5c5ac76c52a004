using static SspNative.Lab.Catalogue.OpInput;

namespace SspNative.Lab.Catalogue;

internal static partial class OpCatalogue
{
    /// <summary>Some outputs of a linear layer.</summary>
    private static OpEntry LinearRows => new("linear_rows")
    {
        Method = nameof(Ops.LinearRows),
        Cases =
        [
            new("LinearRows", [Uniform([3, 7, 13]), Uniform([21, 13]), Uniform([21])], t => Ops.LinearRows(t[0], t[1], t[2], 5, 9), x => RowsOf(x, 5, 9)),
            new("LinearRows@vector", [Uniform([13]), Uniform([21, 13])], t => Ops.LinearRows(t[0], t[1], null, 5, 9), x => RowsOf(x, 5, 9)),
            new("LinearRows@plain", [Uniform([7, 13]), Uniform([21, 13])], t => Ops.LinearRows(t[0], t[1], null, 20, 1), x => RowsOf(x, 20, 1)),
            new("LinearRows@empty", [Uniform([0, 13]), Uniform([21, 13]), Uniform([21])], t => Ops.LinearRows(t[0], t[1], t[2], 0, 5), x => RowsOf(x, 0, 5)),
            new(
                "LinearRows@unrecorded", [Uniform([3, 7, 13]).Constant(), Uniform([21, 13]).Constant(), Uniform([21]).Constant()],
                t => Ops.LinearRows(t[0], t[1], t[2], 5, 9), x => RowsOf(x, 5, 9)),
            new(
                "LinearRows@bf16", [Uniform([3, 7, 13]).Constant(), BFloat16([21, 13]), Uniform([21]).Constant()],
                t => Ops.LinearRows(t[0], t[1], t[2], 5, 9), x => RowsOf(x, 5, 9)),
            new(
                "LinearRows@packed", [Uniform([30, 70]).Constant(), Uniform([192, 70]).Constant(), Uniform([192]).Constant()],
                t => Ops.LinearRows(t[0], Ops.Pack(t[1]), t[2], 64, 64), x => RowsOf(x, 64, 64)),
        ],
        Mistakes =
        [
            new(
                "linear_rows@weight rank", "the weight must be (out, in)", [Uniform([2, 13]), Uniform([5, 13, 1])],
                t => Ops.LinearRows(t[0], t[1], null, 0, 1)),
            new(
                "linear_rows@outputs", "outputs 3…5 are not all among 5", [Uniform([2, 13]), Uniform([5, 13]), Uniform([5])],
                t => Ops.LinearRows(t[0], t[1], t[2], 3, 3)),
            new(
                "linear_rows@start", "outputs -1…0 are not all among 5", [Uniform([2, 13]), Uniform([5, 13]), Uniform([5])],
                t => Ops.LinearRows(t[0], t[1], t[2], -1, 2)),
            new(
                "linear_rows@count", "outputs 3…1 are not all among 5", [Uniform([2, 13]), Uniform([5, 13]), Uniform([5])],
                t => Ops.LinearRows(t[0], t[1], t[2], 3, -1)),
            new(
                "linear_rows@channels", "the input's last dimension must be 13", [Uniform([2, 12]), Uniform([5, 13])],
                t => Ops.LinearRows(t[0], t[1], null, 0, 5)),
            new(
                "linear_rows@bias", "the bias must be (5)", [Uniform([2, 13]), Uniform([5, 13]), Uniform([4])], t => Ops.LinearRows(t[0], t[1], t[2], 0, 4)),
        ],
        WithoutReference = "linear's, some of its outputs",
    };

    private static DoubleTensor RowsOf(IReadOnlyList<DoubleTensor> x, int start, int count)
    {
        DoubleTensor y = LinearOf(x[0], x[1], x.Count > 2 ? x[2] : null);
        return DoubleTensor.OfIndex(y.Shape.With(-1, count), i => y[[.. i[..^1], i[^1] + start]]);
    }
}
