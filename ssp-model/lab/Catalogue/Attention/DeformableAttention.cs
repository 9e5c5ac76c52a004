using static SspNative.Lab.Catalogue.Adapters;
using static SspNative.Lab.Catalogue.OpInput;
using static SspNative.Lab.Workloads.BenchInput;

namespace SspNative.Lab.Catalogue;

internal static partial class OpCatalogue
{
    /// <summary>Σ weight · bilinear sample, over some places of several maps.</summary>
    private static OpEntry DeformableAttention => new("ms_deformable_attention")
    {
        Method = nameof(Ops.DeformableAttention),
        Cases = [DeformableCase("DeformableAttention", 3, BetweenPixels), DeformableCase("DeformableAttention@empty", 0, BetweenPixels)],
        Larger =
        [
            DeformableCase("DeformableAttention@large", [(10, 9), (8, 10)], 2, 140, 3, 4, 20, Anywhere),
            DeformableCase("DeformableAttention@many queries", [(9, 5), (3, 3)], 1, 600, 3, 2, 8, Anywhere),
            DeformableCase("DeformableAttention@whole vectors", [(8, 8), (4, 4)], 1, 16, 2, 4, 32, Anywhere),
        ],
        Mistakes =
        [
            new(
                "ms_deformable_attention@rank", "expected value (B,S,heads,dim)", [Uniform([1, 6, 8]), Uniform([1, 3, 2, 1, 2, 2]), Uniform([1, 3, 2, 1, 2])],
                t => Ops.DeformableAttention(t[0], [(2, 3)], t[1], t[2])),
            new(
                "ms_deformable_attention@levels", "value has 6 tokens, and the levels are (2, 2)",
                [Uniform([1, 6, 2, 4]), Uniform([1, 3, 2, 1, 2, 2]), Uniform([1, 3, 2, 1, 2])],
                t => Ops.DeformableAttention(t[0], [(2, 2)], t[1], t[2])),
            new(
                "ms_deformable_attention@no pixels", "value has 0 tokens, and the levels are (0, 0)",
                [Uniform([1, 0, 2, 4]), Uniform([1, 3, 2, 1, 2, 2]), Uniform([1, 3, 2, 1, 2])],
                t => Ops.DeformableAttention(t[0], [(0, 0)], t[1], t[2])),
            new(
                "ms_deformable_attention@negative levels", "value has 6 tokens, and the levels are (-2, -3)",
                [Uniform([1, 6, 2, 4]), Uniform([1, 3, 2, 1, 2, 2]), Uniform([1, 3, 2, 1, 2])],
                t => Ops.DeformableAttention(t[0], [(-2, -3)], t[1], t[2])),
            new(
                "ms_deformable_attention@weights", "sizes do not agree with the levels (2, 3)",
                [Uniform([1, 6, 2, 4]), Uniform([1, 3, 2, 1, 2, 2]), Uniform([1, 3, 2, 1, 3])],
                t => Ops.DeformableAttention(t[0], [(2, 3)], t[1], t[2])),
            LevelsMistake("most levels", LevelSizes.MaxCount, "value has 6 tokens, and the levels are (1, 1)"),
            LevelsMistake(
                "too many levels", LevelSizes.MaxCount + 1, $"there are {LevelSizes.MaxCount + 1} levels; kernels take at most {LevelSizes.MaxCount}"),
        ],
        References =
        {
            ["op.ms_deformable_attention"] = Output(c => Ops.DeformableAttention(
                c.Input("value"), [.. c.Config.GetProperty("shapes").EnumerateArray().Select(s => (s[0].GetInt32(), s[1].GetInt32()))],
                c.Input("locations"), c.Input("weights"))),
        },
        Benchmarks =
        [
            new("deformable_attention", "heads", "dim", ("points", 4), "height0", "width0", "height1", "width1", "height2", "width2")
            {
                Inputs = n =>
                {
                    int tokens = BenchLevels(n).Sum(l => l.H * l.W);
                    return
                    [
                        Random(1, tokens, n("heads"), n("dim")), Fractions(1, tokens, n("heads"), 3, n("points"), 2),
                        Fractions(1, tokens, n("heads"), 3, n("points")),
                    ];
                },
                Forward = (t, n) => Ops.DeformableAttention(t[0], BenchLevels(n), t[1], t[2]),
                Cases = [new("12² 24² 48²", 8, 32, 4, 12, 12, 24, 24, 48, 48), new("11x13 23x25 47x49", 8, 32, 4, 11, 13, 23, 25, 47, 49)],
            },
        ],
    };

    // Levels of a pixel each, where the value has six.
    private static OpMistake LevelsMistake(string name, int count, string words) => new(
        $"ms_deformable_attention@{name}", words, [Uniform([1, 6, 2, 4]), Uniform([1, 3, 2, count, 2, 2]), Uniform([1, 3, 2, count, 2])],
        t => Ops.DeformableAttention(t[0], [.. Enumerable.Repeat((1, 1), count)], t[1], t[2]));

    private static (int H, int W)[] BenchLevels(SizeOf n) => [.. Enumerable.Range(0, 3).Select(i => (n($"height{i}"), n($"width{i}")))];

    private static OpCase DeformableCase(string name, int queries, Func<Shape, (int H, int W)[], OpInput> locations) =>
        DeformableCase(name, [(4, 5), (2, 3)], 2, queries, 2, 2, 5, locations);

    private static OpCase DeformableCase(
        string name, (int H, int W)[] levels, int batch, int queries, int heads, int points, int dim, Func<Shape, (int H, int W)[], OpInput> locations) => new(
        name,
        [
            Uniform([batch, levels.Sum(l => l.H * l.W), heads, dim]), locations([batch, queries, heads, levels.Length, points, 2], levels),
            Uniform([batch, queries, heads, levels.Length, points]),
        ],
        t => Ops.DeformableAttention(t[0], levels, t[1], t[2]), x => DeformableAttentionOf(x[0], levels, x[1], x[2]));

    // A quarter of a pixel from all centres, where samples have a kink.
    private static OpInput BetweenPixels(Shape shape, (int H, int W)[] levels) =>
        Positions(shape, (p, size) => (p + 0.5f) / size, i => levels[i / (2 * shape[4]) % levels.Length]);

    private static OpInput Anywhere(Shape shape, (int H, int W)[] levels) => Uniform(shape, 0f, 1f);

    private static DoubleTensor DeformableAttentionOf(DoubleTensor value, (int H, int W)[] levels, DoubleTensor locations, DoubleTensor weights)
    {
        (int heads, int dim, int points) = (value.Shape[2], value.Shape[3], weights.Shape[4]);
        return DoubleTensor.Of([value.Shape[0], weights.Shape[1], heads * dim], (b, q, channel) =>
        {
            (int head, int c, int start) = (channel / dim, channel % dim, 0);
            double sum = 0;
            for (int level = 0; level < levels.Length; level++)
            {
                (int h, int w) = levels[level];
                int first = start;
                for (int p = 0; p < points; p++)
                {
                    double x = locations[b, q, head, level, p, 0] * w - 0.5, y = locations[b, q, head, level, p, 1] * h - 0.5;
                    sum += weights[b, q, head, level, p] * BilinearAt(
                        y, x, (i, j) => i < 0 || i >= h || j < 0 || j >= w ? 0 : value[b, first + i * w + j, head, c]);
                }
                start += h * w;
            }
            return sum;
        });
    }
}
