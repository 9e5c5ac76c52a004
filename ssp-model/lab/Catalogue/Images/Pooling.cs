using static SspNative.Lab.Catalogue.Adapters;
using static SspNative.Lab.Catalogue.OpInput;

namespace SspNative.Lab.Catalogue;

internal static partial class OpCatalogue
{
    /// <summary>The largest value of each square window.</summary>
    private static OpEntry MaxPool2d => new("max_pool2d")
    {
        Method = nameof(Ops.MaxPool2d),
        Cases =
        [
            MaxPoolCase("MaxPool2d", [2, 6, 7, 5], 2, 2), MaxPoolCase("MaxPool2d@overlapping", [1, 7, 5, 3], 3, 1),
            MaxPoolCase("MaxPool2d@empty", [0, 6, 7, 5], 2, 2), MaxPoolCase("MaxPool2d@whole height", [1, 3, 5, 2], 3, 1),
            MaxPoolCase("MaxPool2d@whole width", [1, 5, 3, 2], 3, 1),
        ],
        Larger = [MaxPoolCase("MaxPool2d@large", [2, 40, 42, 33], 3, 2), MaxPoolCase("MaxPool2d@whole vectors", [1, 8, 8, 32], 2, 2)],
        Mistakes =
        [
            OpMistake.ElementType("max_pool2d", x => Ops.MaxPool2d(x, 2, 2)),
            new("max_pool2d@window", "a window of 6 with stride 1 does not fit (B,H,W,C)", [Uniform([2, 5, 7, 6])], t => Ops.MaxPool2d(t[0], 6, 1)),
            new("max_pool2d@width", "a window of 6 with stride 1 does not fit (B,H,W,C)", [Uniform([2, 7, 5, 6])], t => Ops.MaxPool2d(t[0], 6, 1)),
            new("max_pool2d@no window", "a window of 0 with stride 1 does not fit (B,H,W,C)", [Uniform([2, 5, 7, 6])], t => Ops.MaxPool2d(t[0], 0, 1)),
            new("max_pool2d@no stride", "a window of 2 with stride 0 does not fit (B,H,W,C)", [Uniform([2, 5, 7, 6])], t => Ops.MaxPool2d(t[0], 2, 0)),
        ],
        References = { ["op.max_pool2d"] = MapOutput((c, x) => Ops.MaxPool2d(x, c.Int("kernel", 2), c.Int("stride", c.Int("kernel", 2)))) },
    };

    /// <summary>The mean of each square window.</summary>
    private static OpEntry AvgPool2d => new("avg_pool2d")
    {
        Method = nameof(Ops.AvgPool2d),
        Cases = [AvgPoolCase("AvgPool2d", [2, 6, 7, 5], 2, 2), AvgPoolCase("AvgPool2d@overlapping", [1, 7, 5, 3], 3, 1)],
        Larger = [AvgPoolCase("AvgPool2d@large", [2, 40, 42, 33], 3, 2)],
        Mistakes =
        [
            new("avg_pool2d@rank", "a window of 2 with stride 2 does not fit (B,H,W,C)", [Uniform([5, 7, 6])], t => Ops.AvgPool2d(t[0], 2, 2)),
        ],
        References = { ["op.avg_pool2d"] = MapOutput((c, x) => Ops.AvgPool2d(x, c.Int("kernel", 2), c.Int("stride", c.Int("kernel", 2)))) },
    };

    private static OpCase MaxPoolCase(string name, Shape shape, int kernel, int stride) =>
        new(name, [Distinct(shape)], t => Ops.MaxPool2d(t[0], kernel, stride), x => PoolOf(x[0], kernel, stride, window => window.Max()));

    private static OpCase AvgPoolCase(string name, Shape shape, int kernel, int stride) =>
        new(name, [Uniform(shape)], t => Ops.AvgPool2d(t[0], kernel, stride), x => PoolOf(x[0], kernel, stride, window => window.Average()));

    private static DoubleTensor PoolOf(DoubleTensor x, int kernel, int stride, Func<IEnumerable<double>, double> reduce)
    {
        Shape shape = [x.Shape[0], (x.Shape[1] - kernel) / stride + 1, (x.Shape[2] - kernel) / stride + 1, x.Shape[3]];
        return DoubleTensor.Of(shape, (b, row, column, c) => reduce(
            Enumerable.Range(0, kernel * kernel).Select(i => x[b, row * stride + i / kernel, column * stride + i % kernel, c])));
    }
}
