using static SspNative.Lab.Catalogue.Adapters;
using static SspNative.Lab.Catalogue.OpInput;
using static SspNative.Lab.Workloads.BenchInput;

namespace SspNative.Lab.Catalogue;

internal static partial class OpCatalogue
{
    /// <summary>(x − mean) / √(variance + ε) · weight + bias over the last dimension.</summary>
    private static OpEntry LayerNorm => new("layer_norm")
    {
        Method = nameof(Ops.LayerNorm),
        Cases = [LayerNormCase("LayerNorm", [3, 5], 37), LayerNormCase("LayerNorm@empty", [0], 5)],
        Larger = [LayerNormCase("LayerNorm@large", [301], 300), LayerNormCase("LayerNorm@whole vectors", [4], 32)],
        Mistakes =
        [
            new(
                "layer_norm@weight", "weight and bias must be (13)", [Uniform([2, 13]), Uniform([12]), Uniform([13])],
                t => Ops.LayerNorm(t[0], t[1], t[2])),
            new("layer_norm@bias", "weight and bias must be (13)", [Uniform([2, 13]), Uniform([13]), Uniform([12])], t => Ops.LayerNorm(t[0], t[1], t[2])),
            new("layer_norm@no channels", "weight and bias must be (0)", [Uniform([2, 0]), Uniform([0]), Uniform([0])], t => Ops.LayerNorm(t[0], t[1], t[2])),
            new("layer_norm@scalar", "weight and bias must be (0)", [Uniform([]), Uniform([1]), Uniform([1])], t => Ops.LayerNorm(t[0], t[1], t[2])),
        ],
        References =
        {
            ["op.layer_norm"] = Output(c => Ops.LayerNorm(c.Input("input"), c.Input("weight"), c.Input("bias"), c.Float("eps", 1e-5f))),
        },
        Benchmarks =
        [
            new("layer_norm", "rows", "channels")
            {
                Inputs = n => [Random(n("rows"), n("channels")), Random(n("channels")), Random(n("channels"))],
                Forward = (t, _) => Ops.LayerNorm(t[0], t[1], t[2]),
                Cases = [new("9216x128", 9216, 128), new("65536x256", 65536, 256), new("1021x771", 1021, 771)],
            },
        ],
    };

    private static OpCase LayerNormCase(string name, int[] rows, int channels) => new(
        name, [Uniform([.. rows, channels]), Positive([channels]), Uniform([channels])], t => Ops.LayerNorm(t[0], t[1], t[2]),
        x => x[0].Along(-1, line => Normalised(line, 1e-5)) * x[1] + x[2]);

    // Without its mean, of variance one.
    private static double[] Normalised(double[] line, double epsilon)
    {
        double mean = line.DefaultIfEmpty().Average(), variance = line.DefaultIfEmpty().Average(v => (v - mean) * (v - mean));
        return Array.ConvertAll(line, v => (v - mean) / Math.Sqrt(variance + epsilon));
    }
}
