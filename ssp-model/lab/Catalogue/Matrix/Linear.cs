using static SspNative.Lab.Catalogue.Adapters;
using static SspNative.Lab.Catalogue.OpInput;
using static SspNative.Lab.Workloads.BenchInput;

namespace SspNative.Lab.Catalogue;

internal static partial class OpCatalogue
{
    /// <summary>f(x · Wᵀ + b) + residual.</summary>
    private static OpEntry Linear => new("linear")
    {
        Method = nameof(Ops.Linear),
        Cases =
        [
            .. Enum.GetValues<Activation>().Select(LinearCase),
            new("Linear@plain", [Uniform([7, 13]), Uniform([5, 13])], t => Ops.Linear(t[0], t[1]), x => LinearOf(x[0], x[1])),
            LinearCase("Linear@vector", [13], 5), LinearCase("Linear@empty", [0, 13], 5),
            StoredLinearCase("odd", [3, 7, 13], 21, Activation.Gelu), StoredLinearCase("empty", [0, 13], 5),
            PackedLinearCase("odd", [3, 7, 13], 32, Activation.Gelu), PackedLinearCase("empty", [0, 13], 32),
        ],
        Larger =
        [
            LinearCase("Linear@large", [150, 130], 270, Activation.Gelu), LinearCase("Linear@one row", [1, 300], 270),
            LinearCase("Linear@few rows", [30, 260], 530), LinearCase("Linear@one whole row", [1, 64], 96),
            new(
                "Linear@whole tiles", [Uniform([48, 64]), Uniform([96, 64]), Uniform([96]), Uniform([48, 96])],
                t => Ops.Linear(t[0], t[1], t[2], Activation.Gelu, t[3]), x => LinearOf(x[0], x[1], x[2], Activation.Gelu) + x[3]),
            StoredLinearCase("large", [150, 130], 270), StoredLinearCase("one row", [1, 300], 270), StoredLinearCase("few rows", [30, 260], 530),
            StoredLinearCase("whole tiles", [48, 64], 96),
            PackedLinearCase("one row", [1, 300], 288), PackedLinearCase("few rows", [30, 260], 544), PackedLinearCase("some rows", [70, 530], 96),
            PackedLinearCase("many rows", [330, 64], 96),
        ],
        Mistakes =
        [
            new(
                "linear@weight rank", "the weight must be (out, in)", [Uniform([2, 13]), Uniform([5, 13, 1]), Uniform([5])],
                t => Ops.Linear(t[0], t[1], t[2])),
            new(
                "linear@channels", "the input's last dimension must be 13", [Uniform([2, 12]), Uniform([5, 13]), Uniform([5])],
                t => Ops.Linear(t[0], t[1], t[2])),
            new("linear@bias", "the bias must be (5)", [Uniform([2, 13]), Uniform([5, 13]), Uniform([6])], t => Ops.Linear(t[0], t[1], t[2])),
            new(
                "linear@residual", "the residual must be (2, 5)", [Uniform([2, 13]), Uniform([5, 13]), Uniform([5]), Uniform([2, 4])],
                t => Ops.Linear(t[0], t[1], t[2], residual: t[3])),
        ],
        References =
        {
            ["op.linear"] = Output(c => Ops.Linear(c.Input("input"), c.Weight("weight"), c.FindInput("bias"))),
            ["op.linear_gelu"] = Output(c => Ops.Linear(c.Input("input"), c.Weight("weight"), c.FindInput("bias"), Activation.Gelu)),
        },
        Benchmarks =
        [
            // The layers of Swin, the decoder, CLIP and BERT, then odd sizes.
            LinearBenchmark("linear", Activation.None) with
            {
                Cases =
                [
                    Product(9216, 512, 128), Product(9216, 128, 512), Product(2304, 1024, 256), Product(576, 2048, 512), Product(576, 1536, 512),
                    Product(144, 4096, 1024), Product(30, 2048, 256), Product(100, 2048, 256), Product(3024, 1024, 256), Product(3024, 256, 256),
                    Product(197, 3072, 768), Product(128, 3072, 768), Product(1, 4096, 4096), Product(197, 767, 771),
                ],
            },
            LinearBenchmark("linear_gelu", Activation.Gelu) with { Cases = [Product(9216, 512, 128), Product(576, 2048, 512), Product(128, 3072, 768)] },
        ],
    };

    private static Benchmark LinearBenchmark(string kind, Activation activation) => new(kind, "m", "n", "k")
    {
        Inputs = n => [Random(n("m"), n("k")), Random(n("n"), n("k")), Random(n("n"))],
        Forward = (t, _) => Ops.Linear(t[0], t[1], t[2], activation),
        Cases = [],
    };

    private static OpCase LinearCase(string name, Shape x, int outputs, Activation activation = Activation.None) => new(
        name, [Uniform(x), Uniform([outputs, x[^1]]), Uniform([outputs])], t => Ops.Linear(t[0], t[1], t[2], activation),
        x => LinearOf(x[0], x[1], x[2], activation));

    // Its weight is bf16.
    private static OpCase StoredLinearCase(string name, Shape x, int outputs, Activation activation = Activation.None) => new(
        $"Linear@bf16 {name}", [Uniform(x).Constant(), BFloat16([outputs, x[^1]]), Uniform([outputs]).Constant()],
        t => Ops.Linear(t[0], t[1], t[2], activation), x => LinearOf(x[0], x[1], x[2], activation));

    // Its weight is packed, where the device packs.
    private static OpCase PackedLinearCase(string name, Shape x, int outputs, Activation activation = Activation.None) => new(
        $"Linear@packed {name}", [Uniform(x).Constant(), Uniform([outputs, x[^1]]).Constant(), Uniform([outputs]).Constant()],
        t => Ops.Linear(t[0], Ops.Pack(t[1]), t[2], activation), x => LinearOf(x[0], x[1], x[2], activation));

    private static OpCase LinearCase(Activation activation)
    {
        // Under ReLU the bias alone decides the sign, so that no kink is near.
        OpInput[] parameters = activation == Activation.Relu
            ? [Uniform([21, 13], -0.02f, 0.02f), Alternating([21])]
            : [Uniform([21, 13]), Uniform([21])];
        return new(
            $"Linear@{activation}+residual", [Uniform([3, 7, 13]), .. parameters, Uniform([3, 7, 21])],
            t => Ops.Linear(t[0], t[1], t[2], activation, t[3]), x => LinearOf(x[0], x[1], x[2], activation) + x[3]);
    }

    private static DoubleTensor LinearOf(DoubleTensor x, DoubleTensor weight, DoubleTensor? bias = null, Activation activation = Activation.None)
    {
        DoubleTensor rows = x.Reshape([(int)x.Shape.CountOf(0, x.Shape.Rank - 1), x.Shape[^1]]);
        DoubleTensor y = ProductOf(rows, weight).Reshape(x.Shape.With(-1, weight.Shape[0]));
        return Activated(bias is null ? y : y + bias, activation);
    }

    private static DoubleTensor Activated(DoubleTensor x, Activation activation) => UnaryFunction.Of(activation) is { } f ? x.Map(f.F) : x;
}
