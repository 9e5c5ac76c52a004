using static SspNative.Lab.Catalogue.OpInput;

namespace SspNative.Lab.Catalogue;

internal static partial class OpCatalogue
{
    private const string MovesOnly = "it moves numbers and computes none";

    /// <summary>The same elements under another shape or in another order.</summary>
    private static IEnumerable<OpEntry> Orders =>
    [
        new("reshape")
        {
            Method = nameof(Ops.Reshape),
            Cases =
            [
                new("Reshape", [Uniform([3, 4, 5])], t => Ops.Reshape(t[0], 4, -1, 3), x => x[0].Reshape([4, 5, 3])),
                new("Reshape@empty", [Uniform([0, 4])], t => Ops.Reshape(t[0], new Shape(4, 0, 2)), x => x[0].Reshape([4, 0, 2])),
            ],
            Mistakes =
            [
                new("reshape@count", "24 elements do not fill (5, 5)", [Uniform([4, 6])], t => Ops.Reshape(t[0], new Shape(5, 5))),
                new("reshape@free beside none", "24 elements do not divide into (0, -1)", [Uniform([4, 6])], t => Ops.Reshape(t[0], 0, -1)),
                new("reshape@free dimension", "24 elements do not divide into (5, -1)", [Uniform([4, 6])], t => Ops.Reshape(t[0], 5, -1)),
            ],
            WithoutReference = MovesOnly,
        },
        new("detach")
        {
            Method = nameof(Ops.Detach),
            Cases = [new("Detach", [Uniform([3, 37]).Constant()], t => Ops.Detach(t[0]), x => x[0])],
            WithoutGradient = "it stops gradients",
            WithoutMistakes = "any tensor will do",
            WithoutReference = MovesOnly,
        },
        new("permute")
        {
            Method = nameof(Ops.Permute),
            Cases = [PermuteCase("Permute", [3, 4, 5, 7], 2, 0, 3, 1), PermuteCase("Permute@empty", [3, 0, 5], 2, 0, 1)],
            Larger = [PermuteCase("Permute@large", [30, 41, 70], 2, 0, 1), PermuteCase("Permute@whole vectors", [16, 32, 64], 2, 0, 1)],
            Mistakes = [new("permute@order", "(0, 0) is not an order of 2 dimensions", [Uniform([4, 6])], t => Ops.Permute(t[0], 0, 0))],
            WithoutReference = MovesOnly,
        },
        new("transpose")
        {
            Method = nameof(Ops.Transpose),
            Cases = [new("Transpose", [Uniform([3, 4, 19])], t => Ops.Transpose(t[0], -1, 0), x => x[0].Permute(2, 1, 0))],
            Mistakes = [new("transpose@dimension", "dimension 2 does not exist", [Uniform([4, 6])], t => Ops.Transpose(t[0], 0, 2))],
            WithoutReference = MovesOnly,
        },
        new("to_channels_last")
        {
            Method = nameof(Ops.ToChannelsLast),
            Cases = [new("ToChannelsLast", [Uniform([2, 19, 3, 5])], t => Ops.ToChannelsLast(t[0]), x => x[0].Permute(0, 2, 3, 1))],
            Mistakes = [new("permute@images", "(0, 2, 3, 1) is not an order of 2 dimensions", [Uniform([4, 6])], t => Ops.ToChannelsLast(t[0]))],
            WithoutReference = MovesOnly,
        },
        new("to_channels_first")
        {
            Method = nameof(Ops.ToChannelsFirst),
            Cases = [new("ToChannelsFirst", [Uniform([2, 3, 5, 19])], t => Ops.ToChannelsFirst(t[0]), x => x[0].Permute(0, 3, 1, 2))],
            Mistakes = [new("permute@maps", "(0, 3, 1, 2) is not an order of 2 dimensions", [Uniform([4, 6])], t => Ops.ToChannelsFirst(t[0]))],
            WithoutReference = MovesOnly,
        },
    ];

    private static OpCase PermuteCase(string name, Shape shape, params int[] order) =>
        new(name, [Uniform(shape)], t => Ops.Permute(t[0], order), x => x[0].Permute(order));
}
