using static SspNative.Lab.Catalogue.Adapters;
using static SspNative.Lab.Catalogue.OpInput;
using static SspNative.Lab.Workloads.BenchInput;

namespace SspNative.Lab.Catalogue;

internal static partial class OpCatalogue
{
    /// <summary>Arithmetic of two tensors, with broadcasting.</summary>
    private static IEnumerable<OpEntry> Binary =>
    [
        BinaryOf("add", nameof(Ops.Add), Ops.Add, (a, b) => a + b),
        BinaryOf("sub", nameof(Ops.Sub), Ops.Sub, (a, b) => a - b) with { WithoutReference = "what add's shows, with the other sign" },
        BinaryOf("mul", nameof(Ops.Mul), Ops.Mul, (a, b) => a * b),
        BinaryOf("div", nameof(Ops.Div), Ops.Div, (a, b) => a / b),
    ];

    private static OpEntry BinaryOf(string name, string method, Func<Tensor, Tensor, Tensor> op, Func<DoubleTensor, DoubleTensor, DoubleTensor> definition)
    {
        OpCase Case(string variant, Shape a, Shape b) =>
            new(method + variant, [Uniform(a), Positive(b)], t => op(t[0], t[1]), x => definition(x[0], x[1]));
        return new(name)
        {
            Method = method,
            Cases =
            [
                Case("", [5, 19], [5, 19]), Case("@rows", [3, 5, 19], [19]), Case("@outer", [7, 1], [2, 1, 9]), Case("@scalar", [], [3, 5]),
                Case("@empty", [0, 5], [5]),
                new($"{method}@itself", [Positive([4, 5])], t => op(t[0], t[0]), x => definition(x[0], x[0])),
            ],
            Larger =
            [
                Case("@large rows", [300, 301], [301]), Case("@large outer", [100, 1, 301], [5, 301]), Case("@whole vectors", [4, 32], [4, 32]),
                Case("@whole rows", [4, 32], [32]),
            ],
            Mistakes =
            [
                new($"{name}@shapes", "do not broadcast: dimension −1 is 3 and 4", [Uniform([2, 3]), Uniform([4])], t => op(t[0], t[1])),
                new($"{name}@element type", "an operand I64(3) must be F32", [Uniform([2, 3]), Indices([3], 5)], t => op(t[0], t[1])),
            ],
            References = { [$"op.{name}"] = Output(c => op(c.Input("a"), c.Input("b"))) },
            Benchmarks = [BinaryBenchmark(name, op)],
        };
    }

    private static Benchmark BinaryBenchmark(string name, Func<Tensor, Tensor, Tensor> op) => new(name, "count")
    {
        Inputs = n => [Random(n("count")), Random(n("count"))],
        Forward = (t, _) => op(t[0], t[1]),
        HasBackward = name is "mul" or "div",
        Cases = [new("16M", 1 << 24)],
    };
}
