using static SspNative.Lab.Catalogue.Adapters;
using static SspNative.Lab.Catalogue.OpInput;
using static SspNative.Lab.Workloads.BenchInput;

namespace SspNative.Lab.Catalogue;

internal static partial class OpCatalogue
{
    /// <summary>eˣ / Σ eˣ along a dimension.</summary>
    private static OpEntry Softmax => new("softmax")
    {
        Method = nameof(Ops.Softmax),
        Cases = [.. new[] { 0, 1, -1 }.Select(dim => SoftmaxCase($"Softmax@{dim}", [3, 5, 19], dim)), SoftmaxCase("Softmax@empty", [0, 5], -1)],
        Larger = [SoftmaxCase("Softmax@large", [301, 300], -1), SoftmaxCase("Softmax@whole vectors", [4, 32], -1)],
        Mistakes =
        [
            OpMistake.ElementType("softmax", x => Ops.Softmax(x)),
            new("softmax@dimension", "dimension 2 does not exist", [Uniform([2, 3])], t => Ops.Softmax(t[0], 2)),
        ],
        References = { ["op.softmax"] = Output(c => Ops.Softmax(c.Input("input"), c.Int("dim", -1))) },
        Benchmarks =
        [
            new("softmax", "rows", "columns")
            {
                Inputs = n => [Random(n("rows"), n("columns"))],
                Forward = (t, _) => Ops.Softmax(t[0]),
                Cases = [new("4096x1024", 4096, 1024), new("1021x1999", 1021, 1999)],
            },
        ],
    };

    /// <summary>x − ln Σ eˣ along a dimension.</summary>
    private static OpEntry LogSoftmax => new("log_softmax")
    {
        Method = nameof(Ops.LogSoftmax),
        Cases =
        [
            .. new[] { 0, 1, -1 }.Select(dim => LogSoftmaxCase($"LogSoftmax@{dim}", [3, 5, 19], dim)), LogSoftmaxCase("LogSoftmax@empty", [0, 5], -1),
        ],
        Larger = [LogSoftmaxCase("LogSoftmax@large", [301, 300], -1), LogSoftmaxCase("LogSoftmax@whole vectors", [4, 32], -1)],
        Mistakes =
        [
            OpMistake.ElementType("log_softmax", x => Ops.LogSoftmax(x)),
            new("log_softmax@dimension", "dimension -3 does not exist", [Uniform([2, 3])], t => Ops.LogSoftmax(t[0], -3)),
        ],
        References = { ["op.log_softmax"] = Output(c => Ops.LogSoftmax(c.Input("input"), c.Int("dim", -1))) },
    };

    private static OpCase SoftmaxCase(string name, Shape shape, int dim) =>
        new(name, [Wide(shape)], t => Ops.Softmax(t[0], dim), x => SoftmaxOf(x[0], dim));

    private static OpCase LogSoftmaxCase(string name, Shape shape, int dim) =>
        new(name, [Wide(shape)], t => Ops.LogSoftmax(t[0], dim), x => LogSoftmaxOf(x[0], dim));

    private static DoubleTensor SoftmaxOf(DoubleTensor x, int dim) => LogSoftmaxOf(x, dim).Map(Math.Exp);

    private static DoubleTensor LogSoftmaxOf(DoubleTensor x, int dim) => x.Along(dim, line =>
    {
        double max = line.DefaultIfEmpty().Max(), sum = line.Sum(v => Math.Exp(v - max));
        return Array.ConvertAll(line, v => v - max - Math.Log(sum));
    });
}
