using SspNative.Kernels;
using SspNative.Lab.Catalogue;
using static SspNative.Lab.Catalogue.Adapters;
using static SspNative.Lab.Catalogue.OpInput;
using static SspNative.Lab.Workloads.BenchInput;

namespace SspNative.Tests.Examples.SwiGlu;

internal static partial class OpCatalogue
{
    /// <summary>a · sigmoid(a) · b.</summary>
    private static OpEntry SwiGlu => new("swiglu")
    {
        Method = nameof(Ops.SwiGlu),
        Cases = [SwiGluCase("SwiGlu", [3, 37]), SwiGluCase("SwiGlu@empty", [0, 5])],
        Larger = [SwiGluCase("SwiGlu@large", [300, 301]), SwiGluCase("SwiGlu@whole vectors", [4, 32])],
        Mistakes = [new("swiglu@shapes", "a and b must have one shape", [Uniform([2, 3]), Uniform([3])], t => Ops.SwiGlu(t[0], t[1]))],
        References = { ["op.swiglu"] = Output(c => Ops.SwiGlu(c.Input("a"), c.Input("b"))) },
        WithoutReference = "PyTorch has no such function",
        Benchmarks =
        [
            new("swiglu", "count")
            {
                Inputs = n => [Random(n("count")), Random(n("count"))],
                Forward = (t, _) => Ops.SwiGlu(t[0], t[1]),
                Cases = [new("16M", 1 << 24)],
            },
        ],
    };

    private static OpCase SwiGluCase(string name, Shape shape) =>
        new(name, [Wide(shape), Uniform(shape)], t => Ops.SwiGlu(t[0], t[1]), x => x[0].Map(a => a / (1 + Math.Exp(-a))) * x[1]);
}
