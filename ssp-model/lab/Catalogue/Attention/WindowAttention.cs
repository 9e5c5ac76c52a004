using static SspNative.Lab.Catalogue.Adapters;
using static SspNative.Lab.Catalogue.OpInput;
using static SspNative.Lab.Workloads.BenchInput;

namespace SspNative.Lab.Catalogue;

internal static partial class OpCatalogue
{
    /// <summary>Swin's attention inside (shifted) windows, with a bias for each relative position.</summary>
    private static OpEntry WindowAttention => new("window_attention")
    {
        Method = nameof(Ops.WindowAttention),
        Cases = [WindowCase("0", [2, 8, 12], 4, 0, 2, 5), WindowCase("2", [2, 8, 12], 4, 2, 2, 5), WindowCase("empty", [0, 8, 12], 4, 0, 2, 5)],
        Larger =
        [
            WindowCase("large", [1, 28, 35], 7, 3, 2, 32), WindowCase("many windows", [2, 28, 28], 7, 3, 2, 8),
            WindowCase("whole vectors", [1, 8, 8], 4, 2, 2, 32),
        ],
        Mistakes =
        [
            WindowMistake("heads", "qkv must be (B,H,W,3C) with C a multiple of 3 heads", heads: 3),
            WindowMistake("no heads", "qkv must be (B,H,W,3C) with C a multiple of 0 heads", heads: 0),
            WindowMistake("window", "must divide into windows of 2", qkv: [1, 4, 5, 12]),
            WindowMistake("height", "must divide into windows of 2", qkv: [1, 5, 4, 12]),
            WindowMistake("shift", "shifted by less than one", shift: 2), WindowMistake("negative shift", "shifted by less than one", shift: -1),
            WindowMistake("bias", "the bias table must be (9, 2)", bias: [8, 2]),
        ],
        References =
        {
            ["op.window_attention"] = Output(c => Ops.WindowAttention(
                c.Input("qkv"), c.Input("bias_table"), c.Int("window", 7), c.Int("shift", 0), c.Int("heads", 1))),
        },
        Benchmarks =
        [
            new("window_attention", "height", "width", "window", ("shift", 0, 0), "heads", "dim")
            {
                Inputs = n =>
                [
                    Random(1, n("height"), n("width"), 3 * n("heads") * n("dim")), Random((2 * n("window") - 1) * (2 * n("window") - 1), n("heads")),
                ],
                Forward = (t, n) => Ops.WindowAttention(t[0], t[1], n("window"), n("shift"), n("heads")),
                Cases =
                [
                    new("56² by 7²", 56, 56, 7, 0, 4, 32), new("96² by 12²", 96, 96, 12, 0, 4, 32), new("96² by 12² shifted 6", 96, 96, 12, 6, 4, 32),
                ],
            },
        ],
    };

    private static OpCase WindowCase(string name, int[] map, int window, int shift, int heads, int dim) => new(
        $"WindowAttention@{name}", [Uniform([.. map, 3 * heads * dim]), Uniform([(2 * window - 1) * (2 * window - 1), heads])],
        t => Ops.WindowAttention(t[0], t[1], window, shift, heads), x => WindowAttentionOf(x[0], x[1], window, shift, heads));

    private static OpMistake WindowMistake(string name, string words, Shape? qkv = null, Shape? bias = null, int shift = 0, int heads = 2) => new(
        $"window_attention@{name}", words, [Uniform(qkv ?? [1, 4, 4, 12]), Uniform(bias ?? [9, 2])],
        t => Ops.WindowAttention(t[0], t[1], 2, shift, heads));

    /// <summary>The map is rolled by the shift; tokens of a window that the roll alone brought together attend to one another by e⁻¹⁰⁰.</summary>
    private static DoubleTensor WindowAttentionOf(DoubleTensor qkv, DoubleTensor table, int window, int shift, int heads)
    {
        (int h, int w, int channels, int n) = (qkv.Shape[1], qkv.Shape[2], qkv.Shape[3] / 3, window * window);
        int dim = channels / heads, across = w / window;
        DoubleTensor p = SoftmaxOf(
            DoubleTensor.OfIndex([qkv.Shape[0], h / window * across, heads, n, n], index =>
            {
                (int b, int at, int head) = (index[0], index[1], index[2]);
                ((int Y, int X) i, (int Y, int X) j) = (Cell(at, index[3]), Cell(at, index[4]));
                double dot = DoubleTensor.SumOf(dim, c => Token(b, i, head * dim + c) * Token(b, j, channels + head * dim + c));
                int row = (i.Y - j.Y + window - 1) * (2 * window - 1) + i.X - j.X + window - 1;
                return dot / Math.Sqrt(dim) + table[row, head] + (Region(i) == Region(j) ? 0 : -100);
            }),
            -1);
        return DoubleTensor.Of([qkv.Shape[0], h, w, channels], (b, row, column, c) =>
        {
            (int y, int x) = ((row - shift + h) % h, (column - shift + w) % w);
            int at = y / window * across + x / window, i = y % window * window + x % window;
            return DoubleTensor.SumOf(n, j => p[b, at, c / dim, i, j] * Token(b, Cell(at, j), 2 * channels + c));
        });

        // Place of a window's token in the rolled map, and what the map itself holds there.
        (int Y, int X) Cell(int at, int i) => (at / across * window + i / window, at % across * window + i % window);

        double Token(int b, (int Y, int X) cell, int channel) => qkv[b, (cell.Y + shift) % h, (cell.X + shift) % w, channel];

        (int, int) Region((int Y, int X) cell) => (Part(cell.Y, h), Part(cell.X, w));

        int Part(int at, int size) => shift == 0 || at < size - window ? 0 : at < size - shift ? 1 : 2;
    }
}
