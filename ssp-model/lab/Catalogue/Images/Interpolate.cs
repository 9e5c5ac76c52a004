using static SspNative.Lab.Catalogue.Adapters;
using static SspNative.Lab.Catalogue.OpInput;
using static SspNative.Lab.Workloads.BenchInput;

namespace SspNative.Lab.Catalogue;

internal static partial class OpCatalogue
{
    private static (int H, int W)[] ResampledSizes => [(10, 14), (11, 9), (3, 4), (5, 7), (1, 1)];

    /// <summary>Bilinear resampling of maps, pixels being areas.</summary>
    private static OpEntry InterpolateBilinear => new("interpolate_bilinear")
    {
        Method = nameof(Ops.InterpolateBilinear),
        Cases = [.. ResampledSizes.Select(s => BilinearCase($"{s.H}x{s.W}", [2, 5, 7, 3], s.H, s.W)), BilinearCase("empty", [0, 5, 7, 3], 4, 4)],
        Larger = [BilinearCase("large", [2, 20, 21, 33], 41, 39), BilinearCase("whole vectors", [1, 8, 8, 32], 16, 16)],
        Mistakes =
        [
            new("interpolate_bilinear@size", "cannot resample (B,H,W,C) to 0×4", [Uniform([2, 5, 7, 6])], t => Ops.InterpolateBilinear(t[0], 0, 4)),
            new("interpolate_bilinear@width", "cannot resample (B,H,W,C) to 4×0", [Uniform([2, 5, 7, 6])], t => Ops.InterpolateBilinear(t[0], 4, 0)),
            new("interpolate_bilinear@no columns", "cannot resample (B,H,W,C) to 4×4", [Uniform([2, 5, 0, 6])], t => Ops.InterpolateBilinear(t[0], 4, 4)),
        ],
        References = { ["op.interpolate_bilinear"] = MapOutput((c, x) => Ops.InterpolateBilinear(x, c.Size().H, c.Size().W)) },
    };

    /// <summary>Nearest-neighbour resampling of maps.</summary>
    private static OpEntry InterpolateNearest => new("interpolate_nearest")
    {
        Method = nameof(Ops.InterpolateNearest),
        Cases = [.. ResampledSizes.Select(s => NearestCase($"{s.H}x{s.W}", [2, 5, 7, 3], s.H, s.W))],
        Larger = [NearestCase("large", [2, 20, 21, 33], 41, 39)],
        Mistakes =
        [
            OpMistake.ElementType("interpolate_nearest", x => Ops.InterpolateNearest(x, 2, 2)),
            new("interpolate_nearest@empty", "cannot resample (B,H,W,C) to 2×2", [Uniform([2, 0, 7, 6])], t => Ops.InterpolateNearest(t[0], 2, 2)),
        ],
        References = { ["op.interpolate_nearest"] = MapOutput((c, x) => Ops.InterpolateNearest(x, c.Size().H, c.Size().W)) },
    };

    /// <summary>lateral + bilinear(top).</summary>
    private static OpEntry UpsampleAdd => new("fpn_upsample_add")
    {
        Method = nameof(Ops.UpsampleAdd),
        Cases = [UpsampleAddCase("UpsampleAdd", [2, 3, 4, 19], [2, 6, 8, 19]), UpsampleAddCase("UpsampleAdd@odd", [1, 3, 4, 5], [1, 5, 7, 5])],
        Mistakes =
        [
            new(
                "fpn_upsample_add@channels", "batches and channels must agree", [Uniform([2, 5, 7, 6]), Uniform([2, 10, 14, 5])],
                t => Ops.UpsampleAdd(t[0], t[1])),
            new(
                "fpn_upsample_add@batch", "batches and channels must agree", [Uniform([1, 5, 7, 6]), Uniform([2, 10, 14, 6])],
                t => Ops.UpsampleAdd(t[0], t[1])),
        ],
        References =
        {
            ["op.fpn_upsample_add"] = Output(c =>
                Ops.ToChannelsFirst(Ops.UpsampleAdd(Ops.ToChannelsLast(c.Input("top")), Ops.ToChannelsLast(c.Input("lateral"))))),
        },
        Benchmarks =
        [
            new("upsample_add", "height", "width", "channels")
            {
                Inputs = n => [Random(1, n("height") / 2, n("width") / 2, n("channels")), Random(1, n("height"), n("width"), n("channels"))],
                Forward = (t, _) => Ops.UpsampleAdd(t[0], t[1]),
                Cases = [new("96x96x256", 96, 96, 256)],
            },
        ],
    };

    private static OpCase BilinearCase(string name, Shape shape, int height, int width) => new(
        $"InterpolateBilinear@{name}", [Uniform(shape)], t => Ops.InterpolateBilinear(t[0], height, width), x => BilinearOf(x[0], height, width));

    private static OpCase NearestCase(string name, Shape shape, int height, int width) => new(
        $"InterpolateNearest@{name}", [Uniform(shape)], t => Ops.InterpolateNearest(t[0], height, width),
        x => DoubleTensor.Of(
            [shape[0], height, width, shape[3]], (b, row, column, c) => x[0][b, Nearest(row, shape[1], height), Nearest(column, shape[2], width), c]));

    private static OpCase UpsampleAddCase(string name, Shape top, Shape lateral) => new(
        name, [Uniform(top), Uniform(lateral)], t => Ops.UpsampleAdd(t[0], t[1]), x => BilinearOf(x[0], lateral[1], lateral[2]) + x[1]);

    private static DoubleTensor BilinearOf(DoubleTensor x, int height, int width) =>
        DoubleTensor.Of([x.Shape[0], height, width, x.Shape[3]], (b, row, column, c) =>
        {
            (double y, double at) = (Position(row, x.Shape[1], height), Position(column, x.Shape[2], width));
            return BilinearAt(y, at, (i, j) => x[b, Math.Min(i, x.Shape[1] - 1), Math.Min(j, x.Shape[2] - 1), c]);
        });

    /// <summary>The four pixels around a place, each weighted by its nearness.</summary>
    private static double BilinearAt(double y, double x, Func<int, int, double> pixel)
    {
        (int top, int left) = ((int)Math.Floor(y), (int)Math.Floor(x));
        (double below, double right) = (y - top, x - left);
        return (1 - below) * ((1 - right) * pixel(top, left) + right * pixel(top, left + 1))
            + below * ((1 - right) * pixel(top + 1, left) + right * pixel(top + 1, left + 1));
    }

    // Where the middle of a result's pixel lies among the input's.
    private static double Position(int i, int inputs, int outputs) => Math.Max(0, (i + 0.5) * inputs / outputs - 0.5);

    // In single precision, as PyTorch computes it: it decides which pixel is meant.
    private static int Nearest(int i, int inputs, int outputs) => Math.Min((int)(i * ((float)inputs / outputs)), inputs - 1);
}
