using static SspNative.Lab.Catalogue.Adapters;
using static SspNative.Lab.Catalogue.OpInput;

namespace SspNative.Lab.Catalogue;

internal static partial class OpCatalogue
{
    /// <summary>The largest value along a dimension.</summary>
    private static OpEntry Max => new("max")
    {
        Method = nameof(Ops.Max),
        Cases =
        [
            .. new[] { 0, 1, -1 }.Select(dim => MaxCase($"Max@{dim}", Distinct([3, 5, 19]), dim)),
            new("Max@empty", [Uniform([0, 5])], t => Ops.Max(t[0], 1, keepDim: true), x => x[0].Reduce(1, line => line.Max())),
            .. Enumerable.Range(1, 17).Select(MaxOfShortRow),
        ],
        Larger = [MaxCase("Max@large", Distinct([100, 9, 77]), 1), MaxCase("Max@whole vectors", Distinct([4, 32]), 1)],
        Mistakes =
        [
            OpMistake.ElementType("max", x => Ops.Max(x, 0)),
            new("max@dimension", "dimension 2 does not exist", [Uniform([2, 3])], t => Ops.Max(t[0], 2)),
            new("max@empty dimension", "dimension 1 is empty", [Uniform([2, 0])], t => Ops.Max(t[0], 1)),
        ],
        References = { ["op.max"] = Output(c => Ops.Max(c.Input("input"), c.Int("dim", -1), c.Flag("keepdim"))) },
    };

    /// <summary>The largest value along a dimension, and where it is.</summary>
    private static OpEntry MaxWithIndices => new("max_with_indices")
    {
        Method = nameof(Ops.MaxWithIndices),
        Cases =
        [
            new("MaxWithIndices@values", [Distinct([3, 5, 19])], t => Ops.MaxWithIndices(t[0], 1).Values, x => x[0].Reduce(1, line => line.Max()).Squeeze(1)),
            .. new[] { 0, 1, -1 }.Select(dim => new OpCase(
                $"MaxWithIndices@{dim}", [Distinct([3, 5, 19]).Constant()], t => Ops.MaxWithIndices(t[0], dim).Indices,
                x => x[0].Reduce(dim, line => Array.IndexOf(line, line.Max())).Squeeze(dim))),
        ],
        Mistakes = [OpMistake.ElementType("max_with_indices", x => Ops.MaxWithIndices(x, 0).Values)],
        WithoutReference = "max has them",
    };

    /// <summary>1 at the first maximum along a dimension, 0 elsewhere.</summary>
    private static OpEntry Hardmax => new("hardmax")
    {
        Method = nameof(Ops.Hardmax),
        Cases =
        [
            .. new[] { 0, 1, -1 }.Select(dim => HardmaxCase($"Hardmax@{dim}", Distinct([3, 5, 19]).Constant(), dim)),
            HardmaxCase("Hardmax@equal", Full([2, 3], 1f).Constant(), -1),
        ],
        Mistakes =
        [
            OpMistake.ElementType("hardmax", x => Ops.Hardmax(x)),
            new("hardmax@dimension", "dimension 2 does not exist", [Uniform([2, 3])], t => Ops.Hardmax(t[0], 2)),
        ],
        WithoutGradient = "it is constant between its jumps",
        WithoutReference = "PyTorch has no operation of the name",
    };

    private static OpCase HardmaxCase(string name, OpInput input, int dim) => new(
        name, [input], t => Ops.Hardmax(t[0], dim), x => x[0].Along(dim, line => [.. line.Select((_, i) => i == Array.IndexOf(line, line.Max()) ? 1.0 : 0)]));

    // Rows of a few elements, each in turn the largest: what follows them in memory is none.
    private static OpCase MaxOfShortRow(int count) => new(
        $"Max@rows of {count}", [.. Enumerable.Range(0, count).Select(at => Of([1, count], (_, i) => i == at ? -1f : -2f))],
        t => Ops.Concat([.. t.Select(row => Ops.Max(row, 1))], 0),
        x => new DoubleTensor([count], [.. x.Select(row => row.Values.Max())]));

    private static OpCase MaxCase(string name, OpInput input, int dim) =>
        new(name, [input], t => Ops.Max(t[0], dim), x => x[0].Reduce(dim, line => line.Max()).Squeeze(dim));
}
