using static SspNative.Lab.Catalogue.Adapters;
using static SspNative.Lab.Catalogue.OpInput;
using static SspNative.Lab.Workloads.BenchInput;

namespace SspNative.Lab.Catalogue;

internal static partial class OpCatalogue
{
    /// <summary>f(x ∗ weight + bias), channels-last.</summary>
    private static OpEntry Conv2d => new("conv2d")
    {
        Method = nameof(Ops.Conv2d),
        Cases =
        [
            ConvCase("1x1", [2, 7, 9, 5], 19, 1, padding: 0), ConvCase("3x3", [2, 7, 9, 5], 19, 3), ConvCase("3x3 valid", [2, 7, 9, 3], 4, 3, padding: 0),
            ConvCase("3x3 stride", [2, 7, 9, 5], 7, 3, stride: 2), ConvCase("patch", [2, 7, 9, 3], 17, 3, stride: 3, padding: 0),
            ConvCase("grouped", [2, 7, 9, 6], 10, 3, groups: 2), ConvCase("depthwise", [2, 7, 9, 19], 19, 3, groups: 19),
            ConvCase("5x5", [2, 7, 9, 2], 3, 5, stride: 2, padding: 2), ConvCase("empty", [0, 5, 4, 3], 4, 3, padding: 0),
            ConvCase("empty stride", [0, 8, 8, 16], 16, 3, stride: 2),
            // The bias alone decides the sign, so that no kink is near.
            new(
                "Conv2d@relu", [Uniform([1, 3, 4, 3]), Uniform([4, 3, 3, 3], -0.02f, 0.02f), Alternating([4])],
                t => Ops.Conv2d(t[0], t[1], t[2], padding: 1, activation: Activation.Relu),
                x => Activated(ConvOf(x[0], x[1], 1, 1, 1) + x[2], Activation.Relu)),
            new("Conv2d@no bias", [Uniform([1, 5, 4, 3]), Uniform([4, 3, 2, 2])], t => Ops.Conv2d(t[0], t[1]), x => ConvOf(x[0], x[1], 1, 0, 1)),
        ],
        Larger =
        [
            ConvCase("large", [1, 30, 29, 32], 48, 3), ConvCase("large stride", [1, 31, 29, 20], 24, 3, stride: 2), ConvCase("thin", [2, 40, 36, 1], 16, 3),
            ConvCase("patches", [1, 40, 36, 3], 32, 4, stride: 4, padding: 0), ConvCase("whole vectors", [1, 16, 16, 32], 32, 3),
            ConvCase("thin whole vectors", [1, 16, 16, 1], 32, 3),
        ],
        Mistakes = ConvMistakes,
        References =
        {
            ["op.conv2d"] = MapOutput((c, x) =>
                Ops.Conv2d(x, c.Input("weight"), c.FindInput("bias"), c.Int("stride", 1), c.Int("padding", 0), c.Int("groups", 1))),
        },
        Benchmarks =
        [
            new("conv2d", ("batch", 1), "height", "width", "in", "out", ("kernel", 3), ("stride", 1), ("padding", 1, 0))
            {
                Inputs = n =>
                [
                    Random(n("batch"), n("height"), n("width"), n("in")), Random(n("out"), n("in"), n("kernel"), n("kernel")), Random(n("out")),
                ],
                Forward = (t, n) => Ops.Conv2d(t[0], t[1], t[2], n("stride"), n("padding")),
                // The pixel decoder's, VGGish's on a clip of ten seconds, an odd map.
                Cases =
                [
                    Conv3x3(1, 96, 96, 256, 256), Conv3x3(1, 56, 56, 256, 256), Conv3x3(10, 96, 64, 1, 64), Conv3x3(10, 48, 32, 64, 128),
                    Conv3x3(10, 24, 16, 128, 256), Conv3x3(10, 24, 16, 256, 256), Conv3x3(10, 12, 8, 256, 512), Conv3x3(10, 12, 8, 512, 512),
                    Conv3x3(1, 57, 55, 256, 256),
                ],
            },
        ],
    };

    private static OpMistake[] ConvMistakes =>
    [
        new(
            "conv2d@rank", "input must be (B,H,W,Cin) and weight (Cout,Cin/groups,Kh,Kw)", [Uniform([5, 7, 6]), Uniform([4, 6, 3, 3])],
            t => Ops.Conv2d(t[0], t[1])),
        new("conv2d@no outputs", "an output or more", [Uniform([2, 5, 7, 6]), Uniform([0, 6, 3, 3])], t => Ops.Conv2d(t[0], t[1])),
        new(
            "conv2d@channels", "6 input channels in 1 groups need a weight of 6 input channels", [Uniform([2, 5, 7, 6]), Uniform([4, 5, 3, 3])],
            t => Ops.Conv2d(t[0], t[1])),
        new(
            "conv2d@groups", "6 input channels in 3 groups need a weight of 2 input channels", [Uniform([2, 5, 7, 6]), Uniform([4, 2, 3, 3])],
            t => Ops.Conv2d(t[0], t[1], groups: 3)),
        new(
            "conv2d@stride", "bad stride 0, padding 0 or groups 1", [Uniform([2, 5, 7, 6]), Uniform([4, 6, 3, 3])],
            t => Ops.Conv2d(t[0], t[1], stride: 0)),
        new(
            "conv2d@bias", "the bias must be (4)", [Uniform([2, 5, 7, 6]), Uniform([4, 6, 3, 3]), Uniform([5])],
            t => Ops.Conv2d(t[0], t[1], t[2])),
        new(
            "conv2d@kernel", "the kernel is larger than the padded input", [Uniform([2, 5, 7, 6]), Uniform([4, 6, 8, 8])],
            t => Ops.Conv2d(t[0], t[1])),
        new(
            "conv2d@kernel by one row", "the kernel is larger than the padded input", [Uniform([2, 5, 7, 6]), Uniform([4, 6, 6, 1])],
            t => Ops.Conv2d(t[0], t[1])),
        new(
            "conv2d@kernel by one column", "the kernel is larger than the padded input", [Uniform([2, 5, 7, 6]), Uniform([4, 6, 1, 8])],
            t => Ops.Conv2d(t[0], t[1])),
        new(
            "conv2d@kernel by less than the stride", "the kernel is larger than the padded input", [Uniform([2, 5, 7, 6]), Uniform([4, 6, 7, 9])],
            t => Ops.Conv2d(t[0], t[1], stride: 3)),
    ];

    private static NamedSizes Conv3x3(int batch, int height, int width, int from, int to) =>
        new($"{batch}x{height}x{width} {from}→{to}", batch, height, width, from, to, 3, 1, 1);

    private static OpCase ConvCase(string name, Shape x, int outputs, int kernel, int stride = 1, int padding = 1, int groups = 1) => new(
        $"Conv2d@{name}", [Uniform(x), Uniform([outputs, x[3] / groups, kernel, kernel]), Uniform([outputs])],
        t => Ops.Conv2d(t[0], t[1], t[2], stride, padding, groups), x => ConvOf(x[0], x[1], stride, padding, groups) + x[2]);

    private static DoubleTensor ConvOf(DoubleTensor x, DoubleTensor weight, int stride, int padding, int groups)
    {
        (int b, int h, int w) = (x.Shape[0], x.Shape[1], x.Shape[2]);
        (int outputs, int inputs, int kernel) = (weight.Shape[0], weight.Shape[1], weight.Shape[2]);
        Shape shape = [b, (h + 2 * padding - kernel) / stride + 1, (w + 2 * padding - kernel) / stride + 1, outputs];
        return DoubleTensor.Of(shape, (item, row, column, to) =>
        {
            double sum = 0;
            for (int i = 0; i < kernel; i++)
                for (int j = 0; j < kernel; j++)
                {
                    int y = row * stride + i - padding, at = column * stride + j - padding;
                    if (y < 0 || y >= h || at < 0 || at >= w)
                        continue;
                    for (int c = 0; c < inputs; c++)
                        sum += x[item, y, at, to / (outputs / groups) * inputs + c] * weight[to, c, i, j];
                }
            return sum;
        });
    }
}
