using static SspNative.Lab.Catalogue.Adapters;
using static SspNative.Lab.Workloads.BenchInput;

namespace SspNative.Lab.Catalogue;

internal static partial class OpCatalogue
{
    /// <summary>f(x), element by element: one entry a row of <see cref="UnaryFunction"/>.</summary>
    private static IEnumerable<OpEntry> Unary => UnaryFunction.All.Select(f =>
    {
        OpCase Case(string variant, Shape shape) => new(f.Method + variant, [f.Input(shape)], t => f.Op(t[0]), x => x[0].Map(f.F));
        return new OpEntry(f.Name)
        {
            Method = f.Method,
            Cases = [Case("", [3, 37]), Case("@empty", [0, 5])],
            Larger = [Case("@large", [300, 301]), Case("@whole vectors", [4, 32])],
            Mistakes = [OpMistake.ElementType(f.Name, f.Op)],
            References = { [$"op.{f.Name}"] = Output(c => f.Op(c.Input("input"))) },
            WithoutReference = f.WithoutReference,
            Benchmarks = f.HasBenchmark ? [UnaryBenchmark(f)] : [],
        };
    });

    private static Benchmark UnaryBenchmark(UnaryFunction f) => new(f.Name, "count")
    {
        Inputs = n => [Random(n("count"))],
        Forward = (t, _) => f.Op(t[0]),
        Cases = [new("16M", 1 << 24)],
    };
}
