using SspNative.Lab.Workloads;
using static SspNative.Lab.Catalogue.OpInput;
using static SspNative.Lab.Workloads.BenchInput;

namespace SspNative.Lab.Catalogue;

internal static partial class OpCatalogue
{
    private const string RefusesToBeRecorded = "it refuses to be recorded: under a tape the layers run as published";
    private const float GridEpsilon = 1e-3f;

    // B, Nq or Nk, H, W, features, positions: tiles and blocks of pixels and keys whole, not whole, and several.
    private static int[][] Grids => [[1, 1, 1, 1, 1, 1], [2, 5, 3, 7, 3, 5], [2, 5, 3, 4, 20, 13]];

    private static int[][] LargerGrids =>
        [[1, 33, 4, 40, 16, 34], [1, 64, 2, 600, 8, 6], [2, 200, 9, 13, 64, 18], [1, 700, 2, 19, 5, 4], [1, 32, 16, 16, 20, 13], [1, 70, 19, 21, 20, 13]];

    /// <summary>Attention to the pixels of a grid, each the normalised sum of what itself, its row and its column have.</summary>
    private static OpEntry GridKeyAttention => new("grid_key_attention")
    {
        Method = nameof(Ops.GridKeyAttention),
        Cases = [.. Grids.Select(GridCase)],
        Larger = [.. LargerGrids.Select(GridCase)],
        Mistakes =
        [
            GridMistake("grid", "a grid of 2×4", columns: [4, 5]), GridMistake("channels", "equal channels", columns: [3, 6]),
            GridMistake("rank", "expected q", q: [4, 8]), GridMistake("no columns", "a grid of 2×0", features: [1, 0, 3], columns: [0, 5]),
        ],
        WithoutGradient = RefusesToBeRecorded,
        WithoutReference = "the cases of the Perceiver run it; so do its layers, as published",
        Benchmarks =
        [
            GridBenchmark("grid_key_attention", "2048 to 184x248") with
            {
                Inputs = n => [GridLatents(n), .. GridPixels(n)],
                Forward = (t, _) => Ops.GridKeyAttention(t[0], t[1], t[2], t[3], 0.05f),
            },
        ],
    };

    /// <summary>Attention of the pixels of such a grid to a few keys.</summary>
    private static OpEntry GridQueryAttention => new("grid_query_attention")
    {
        Method = nameof(Ops.GridQueryAttention),
        Cases = [.. Grids.Select(GridQueryCase)],
        Larger = [.. LargerGrids.Select(GridQueryCase)],
        Mistakes =
        [
            GridQueryMistake("grid", "a grid of 2×4", columns: [4, 5]), GridQueryMistake("keys", "key counts differ", bias: [1, 3]),
            GridQueryMistake("no keys", "key counts differ", k: [1, 0, 8], bias: [1, 0], v: [1, 0, 8]),
            GridQueryMistake("values", "key counts differ", v: [1, 3, 8]), GridQueryMistake("batch of values", "key counts differ", v: [2, 4, 8]),
            GridQueryMistake("columns' rank", GridQueryShapes, columns: [3, 5, 1]), GridQueryMistake("keys' rank", GridQueryShapes, k: [1, 4, 8, 1]),
            GridQueryMistake("values' rank", GridQueryShapes, v: [1, 4, 8, 1]),
        ],
        WithoutGradient = RefusesToBeRecorded,
        WithoutReference = "the cases of the Perceiver run it; so do its layers, as published",
        Benchmarks =
        [
            GridBenchmark("grid_query_attention", "184x248 to 2048") with
            {
                Inputs = n => [.. GridPixels(n), GridLatents(n), Random(1, n("latents")), GridLatents(n)],
                Forward = (t, _) => Ops.GridQueryAttention(t[0], t[1], t[2], t[3], t[4], t[5], 0.05f),
            },
        ],
    };

    // Perceiver's at half its resolution, of which the peer's form takes seconds; inference alone has them.
    private static Benchmark GridBenchmark(string kind, string name) => new(kind, "latents", "height", "width", "features", "positions")
    {
        Inputs = _ => [],
        HasBackward = false,
        Cases = [new(name, 2048, 184, 248, 64, 258)],
    };

    private static BenchInput GridLatents(SizeOf n) => Random(1, n("latents"), n("features") + n("positions"));

    private static BenchInput[] GridPixels(SizeOf n) =>
        [Random(1, n("height") * n("width"), n("features")), Random(n("height"), n("positions")), Random(n("width"), n("positions"))];

    private static OpCase GridCase(int[] size)
    {
        (int b, int nq, int h, int w, int features, int positions) = (size[0], size[1], size[2], size[3], size[4], size[5]);
        return new(
            $"GridKeyAttention@{string.Join('x', size)}",
            [
                Uniform([b, nq, features + positions]).Constant(), Uniform([b, h * w, features]).Constant(), Uniform([h, positions]).Constant(),
                Uniform([w, positions]).Constant(),
            ],
            t => Ops.GridKeyAttention(t[0], t[1], t[2], t[3], 0.7f, GridEpsilon),
            x =>
            {
                DoubleTensor pixels = PixelsOf(x[1], x[2], x[3]);
                return AttentionOf(x[0], pixels, pixels, 1, scale: 0.7f);
            });
    }

    private static OpCase GridQueryCase(int[] size)
    {
        (int b, int nk, int h, int w, int features, int positions) = (size[0], size[1], size[2], size[3], size[4], size[5]);
        return new(
            $"GridQueryAttention@{string.Join('x', size)}",
            [
                Uniform([b, h * w, features]).Constant(), Uniform([h, positions]).Constant(), Uniform([w, positions]).Constant(),
                Uniform([b, nk, features + positions]).Constant(), Uniform([b, nk]).Constant(), Uniform([b, nk, 19]).Constant(),
            ],
            t => Ops.GridQueryAttention(t[0], t[1], t[2], t[3], t[4], t[5], 0.7f, GridEpsilon),
            x =>
            {
                // A bias is one more channel, which is one in every query.
                DoubleTensor queries = ConcatOf([PixelsOf(x[0], x[1], x[2]), DoubleTensor.Of([b, h * w, 1], (_, _, _) => 1)], 2);
                return AttentionOf(queries, ConcatOf([x[3], x[4].Reshape([b, nk, 1])], 2), x[5], 1, scale: 0.7f);
            });
    }

    private static OpMistake GridMistake(string name, string words, Shape? q = null, Shape? features = null, Shape? columns = null) => new(
        $"grid_key_attention@{name}", words, [Uniform(q ?? [1, 4, 8]), Uniform(features ?? [1, 6, 3]), Uniform([2, 5]), Uniform(columns ?? [3, 5])],
        t => Ops.GridKeyAttention(t[0], t[1], t[2], t[3], 1f));

    private const string GridQueryShapes = "expected features (B,H·W,C), rows (H,E), columns (W,E), k (B,Nk,C+E), bias (B,Nk), v (B,Nk,D)";

    private static OpMistake GridQueryMistake(
        string name, string words, Shape? columns = null, Shape? k = null, Shape? bias = null, Shape? v = null) => new(
        $"grid_query_attention@{name}", words,
        [Uniform([1, 6, 3]), Uniform([2, 5]), Uniform(columns ?? [3, 5]), Uniform(k ?? [1, 4, 8]), Uniform(bias ?? [1, 4]), Uniform(v ?? [1, 4, 8])],
        t => Ops.GridQueryAttention(t[0], t[1], t[2], t[3], t[4], t[5], 1f));

    /// <summary>[features ; rowsᵢ + columnsⱼ] of each pixel, normalised.</summary>
    private static DoubleTensor PixelsOf(DoubleTensor features, DoubleTensor rows, DoubleTensor columns)
    {
        (int b, int h, int w, int positions) = (features.Shape[0], rows.Shape[0], columns.Shape[0], rows.Shape[1]);
        DoubleTensor places = DoubleTensor.Of([b, h * w, positions], (_, pixel, c) => rows[pixel / w, c] + columns[pixel % w, c]);
        return ConcatOf([features, places], 2).Along(-1, line => Normalised(line, GridEpsilon));
    }
}
