using static SspNative.Lab.Catalogue.Adapters;
using static SspNative.Lab.Catalogue.OpInput;

namespace SspNative.Lab.Catalogue;

internal static partial class OpCatalogue
{
    /// <summary>Bilinear samples of a map at places (x, y) in −1…1; outside are zeros.</summary>
    private static OpEntry GridSample => new("grid_sample")
    {
        Method = nameof(Ops.GridSample),
        Cases =
        [
            GridSampleCase("GridSample", [2, 5, 7, 3], Positions([2, 4, 6, 2], (p, size) => (2 * p + 1) / size - 1, _ => (5, 7)), 4, 6),
            GridSampleCase("GridSample@empty", [2, 5, 7, 3], Uniform([2, 0, 6, 2]), 0, 6),
        ],
        Larger =
        [
            GridSampleCase("GridSample@large", [2, 20, 21, 33], Uniform([2, 30, 31, 2]), 30, 31),
            GridSampleCase("GridSample@whole vectors", [1, 8, 8, 32], Uniform([1, 4, 4, 2]), 4, 4),
        ],
        Mistakes =
        [
            new(
                "grid_sample@grid", "expected (B,H,W,C) with an element or more and (B,h,w,2)", [Uniform([2, 5, 7, 6]), Uniform([2, 4, 4, 3])],
                t => Ops.GridSample(t[0], t[1])),
            GridSampleMistake("map's rank", [2, 5, 7, 6, 1], [2, 4, 4, 2]), GridSampleMistake("grid's rank", [2, 5, 7, 6], [2, 4, 4, 2, 1]),
            GridSampleMistake("batch", [2, 5, 7, 6], [1, 4, 4, 2]), GridSampleMistake("no rows", [2, 0, 7, 6], [2, 4, 4, 2]),
            GridSampleMistake("no columns", [2, 5, 0, 6], [2, 4, 4, 2]),
        ],
        References = { ["op.grid_sample"] = MapOutput((c, x) => Ops.GridSample(x, c.Input("grid"))) },
    };

    private static OpMistake GridSampleMistake(string name, Shape map, Shape grid) => new(
        $"grid_sample@{name}", "expected (B,H,W,C) with an element or more and (B,h,w,2)", [Uniform(map), Uniform(grid)], t => Ops.GridSample(t[0], t[1]));

    private static OpCase GridSampleCase(string name, Shape map, OpInput grid, int height, int width) =>
        new(name, [Uniform(map), grid], t => Ops.GridSample(t[0], t[1]), x => DoubleTensor.Of([map[0], height, width, map[3]], (b, row, column, c) =>
        {
            double at = ((x[1][b, row, column, 0] + 1) * map[2] - 1) / 2, y = ((x[1][b, row, column, 1] + 1) * map[1] - 1) / 2;
            return BilinearAt(y, at, (i, j) => i < 0 || i >= map[1] || j < 0 || j >= map[2] ? 0 : x[0][b, i, j, c]);
        }));
}
