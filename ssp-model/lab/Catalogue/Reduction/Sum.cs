using static SspNative.Lab.Catalogue.Adapters;
using static SspNative.Lab.Catalogue.OpInput;
using static SspNative.Lab.Workloads.BenchInput;

namespace SspNative.Lab.Catalogue;

internal static partial class OpCatalogue
{
    private static (string Name, int[]? Dims)[] ReducedDims => [("all", null), ("0", [0]), ("-1", [-1]), ("02", [0, 2]), ("12", [1, 2])];

    /// <summary>Σ x over some dimensions.</summary>
    private static OpEntry Sum => new("sum")
    {
        Method = nameof(Ops.Sum),
        Cases = [.. ReducedDims.Select(r => SumCase($"Sum@{r.Name}", [3, 5, 19], r.Dims)), SumCase("Sum@empty", [0, 5], [0])],
        Larger =
        [
            SumCase("Sum@large rows", [301, 300], [1]), SumCase("Sum@large columns", [301, 300], [0]), SumCase("Sum@large", [301, 300], null),
            SumCase("Sum@whole rows", [4, 32], [1]), SumCase("Sum@whole columns", [4, 32], [0]),
        ],
        Mistakes =
        [
            OpMistake.ElementType("sum", x => Ops.Sum(x)),
            new("sum@dimension", "dimension 2 does not exist", [Uniform([2, 3])], t => Ops.Sum(t[0], [2])),
        ],
        References = { ["op.sum"] = Output(c => Ops.Sum(c.Input("input"), c.Dims(), c.Flag("keepdim"))) },
        Benchmarks =
        [
            new("sum", "rows", "columns")
            {
                Inputs = n => [Random(n("rows"), n("columns"))],
                Forward = (t, _) => Ops.Sum(t[0], [1]),
                HasBackward = false,
                Cases = [new("4096x1024", 4096, 1024)],
            },
        ],
    };

    /// <summary>Σ x / n over some dimensions.</summary>
    private static OpEntry Mean => new("mean")
    {
        Method = nameof(Ops.Mean),
        Cases = [.. ReducedDims.Select(r => MeanCase($"Mean@{r.Name}", [3, 5, 19], r.Dims))],
        Mistakes =
        [
            OpMistake.ElementType("mean", x => Ops.Mean(x)),
            new("mean@dimension", "dimension -3 does not exist", [Uniform([2, 3])], t => Ops.Mean(t[0], [-3])),
        ],
        References = { ["op.mean"] = Output(c => Ops.Mean(c.Input("input"), c.Dims(), c.Flag("keepdim"))) },
    };

    private static OpCase SumCase(string name, Shape shape, int[]? dims) =>
        new(name, [Uniform(shape)], t => Ops.Sum(t[0], dims), x => SumOver(x[0], dims, keepDim: false));

    private static OpCase MeanCase(string name, Shape shape, int[]? dims) =>
        new(name, [Uniform(shape)], t => Ops.Mean(t[0], dims, keepDim: true), x =>
        {
            DoubleTensor sum = SumOver(x[0], dims, keepDim: true);
            return sum.Map(v => v * sum.Shape.Count / x[0].Shape.Count);
        });

    private static DoubleTensor SumOver(DoubleTensor x, int[]? dims, bool keepDim)
    {
        int[] axes = [.. (dims ?? Enumerable.Range(0, x.Shape.Rank)).Select(d => x.Shape.Axis(d, "definition")).OrderDescending()];
        foreach (int axis in axes)
            x = keepDim ? x.Reduce(axis, line => line.Sum()) : x.Reduce(axis, line => line.Sum()).Squeeze(axis);
        return x;
    }
}
