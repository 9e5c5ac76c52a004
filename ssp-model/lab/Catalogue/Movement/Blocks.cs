using static SspNative.Lab.Catalogue.OpInput;

namespace SspNative.Lab.Catalogue;

internal static partial class OpCatalogue
{
    /// <summary>Parts of tensors, and tensors put together.</summary>
    private static IEnumerable<OpEntry> Blocks =>
    [
        new("narrow")
        {
            Method = nameof(Ops.Narrow),
            Cases =
            [
                NarrowCase("Narrow", [3, 9, 5], 1, 2, 4), NarrowCase("Narrow@last", [3, 19], -1, 5, 14), NarrowCase("Narrow@empty", [3, 9], 1, 9, 0),
            ],
            Mistakes =
            [
                new("narrow@dimension", "dimension 2 does not exist", [Uniform([4, 6])], t => Ops.Narrow(t[0], 2, 0, 1)),
                new("narrow@start", "elements -1…0 are not all in dimension 1 of size 6", [Uniform([4, 6])], t => Ops.Narrow(t[0], 1, -1, 2)),
                new("narrow@length", "elements 4…2 are not all in dimension 1 of size 6", [Uniform([4, 6])], t => Ops.Narrow(t[0], 1, 4, -1)),
                new("narrow@range", "elements 4…6 are not all in dimension 1 of size 6", [Uniform([4, 6])], t => Ops.Narrow(t[0], 1, 4, 3)),
            ],
            WithoutReference = MovesOnly,
        },
        new("crop2d")
        {
            Method = nameof(Ops.Crop2d),
            Cases =
            [
                new("Crop2d", [Uniform([2, 5, 7, 3])], t => Ops.Crop2d(t[0], 4, 5), x => DoubleTensor.OfIndex([2, 4, 5, 3], i => x[0][i])),
                CropCase("height", [2, 4, 7, 3]), CropCase("width", [2, 5, 6, 3]), CropCase("no rows", [2, 0, 7, 3]), CropCase("no columns", [2, 5, 0, 3]),
                // Scaled, because the same tensor comes back, whose gradient would be its own.
                new("Crop2d@same", [Uniform([2, 3, 4, 5])], t => Ops.Scale(Ops.Crop2d(t[0], 3, 4), 2f), x => x[0].Map(v => 2 * v)),
            ],
            Mistakes =
            [
                new("crop2d@size", "cannot crop to 6×7", [Uniform([2, 5, 7, 6])], t => Ops.Crop2d(t[0], 6, 7)),
                new("crop2d@width", "cannot crop to 5×8", [Uniform([2, 5, 7, 6])], t => Ops.Crop2d(t[0], 5, 8)),
                new("crop2d@negative", "cannot crop to -1×7", [Uniform([2, 5, 7, 6])], t => Ops.Crop2d(t[0], -1, 7)),
                new("crop2d@negative width", "cannot crop to 5×-1", [Uniform([2, 5, 7, 6])], t => Ops.Crop2d(t[0], 5, -1)),
                new("crop2d@rank", "cannot crop to 4×4", [Uniform([5, 7, 6])], t => Ops.Crop2d(t[0], 4, 4)),
            ],
            WithoutReference = MovesOnly,
        },
        new("pad2d")
        {
            Method = nameof(Ops.Pad2d),
            Cases =
            [
                new(
                    "Pad2d", [Uniform([2, 3, 4, 5])], t => Ops.Pad2d(t[0], 5, 7),
                    x => DoubleTensor.OfIndex([2, 5, 7, 5], i => i[1] < 3 && i[2] < 4 ? x[0][i] : 0)),
                PadCase("height", 5, 4), PadCase("width", 3, 7),
                new("Pad2d@same", [Uniform([2, 3, 4, 5])], t => Ops.Scale(Ops.Pad2d(t[0], 3, 4), 2f), x => x[0].Map(v => 2 * v)),
            ],
            Mistakes =
            [
                new("pad2d@size", "cannot pad to 5×6", [Uniform([2, 5, 7, 6])], t => Ops.Pad2d(t[0], 5, 6)),
                new("pad2d@height", "cannot pad to 4×7", [Uniform([2, 5, 7, 6])], t => Ops.Pad2d(t[0], 4, 7)),
                OpMistake.ElementType("pad2d", x => Ops.Pad2d(x, 5, 7)),
                new("pad2d@rank", "cannot pad to 9×9", [Uniform([5, 7, 6])], t => Ops.Pad2d(t[0], 9, 9)),
            ],
            WithoutReference = MovesOnly,
        },
        new("concat")
        {
            Method = nameof(Ops.Concat),
            Cases =
            [
                ConcatCase("Concat@first", 0, [2, 5], [3, 5]), ConcatCase("Concat@last", -1, [3, 5], [3, 0], [3, 17]),
                new("Concat@itself", [Uniform([2, 3, 4])], t => Ops.Concat([t[0], t[0]], 1), x => ConcatOf([x[0], x[0]], 1)),
            ],
            Larger = [ConcatCase("Concat@large", 1, [300, 70], [300, 33])],
            Mistakes =
            [
                new(
                    "concat@shapes", "all dimensions but 0 and the element type must agree", [Uniform([4, 6]), Uniform([4, 5])],
                    t => Ops.Concat([t[0], t[1]], 0)),
                new(
                    "concat@element type", "all dimensions but 0 and the element type must agree", [Uniform([4, 6]), Indices([4, 6], 2)],
                    t => Ops.Concat([t[0], t[1]], 0)),
                new("concat@nothing", "nothing to join", [], t => Ops.Concat(t, 0)),
            ],
            WithoutReference = MovesOnly,
        },
        new("expand")
        {
            Method = nameof(Ops.Expand),
            Cases =
            [
                ExpandCase("Expand", [3, 1, 5], [2, 3, 4, 5]), ExpandCase("Expand@scalar", [], [3, 5]), ExpandCase("Expand@empty", [1, 5], [0, 5]),
            ],
            Mistakes =
            [
                new("expand@shape", "do not broadcast: dimension −1 is 6 and 7", [Uniform([4, 6])], t => Ops.Expand(t[0], [4, 7])),
                new("expand@rank", "cannot expand to (6)", [Uniform([4, 6])], t => Ops.Expand(t[0], [6])),
            ],
            WithoutReference = MovesOnly,
        },
    ];

    private static OpCase NarrowCase(string name, Shape shape, int dim, int start, int length)
    {
        int axis = shape.Axis(dim, "definition");
        return new(name, [Uniform(shape)], t => Ops.Narrow(t[0], dim, start, length), x => DoubleTensor.OfIndex(shape.With(axis, length), i =>
        {
            int[] from = [.. i];
            from[axis] += start;
            return x[0][from];
        }));
    }

    private static OpCase CropCase(string name, Shape cropped) => new(
        $"Crop2d@{name}", [Uniform([2, 5, 7, 3])], t => Ops.Crop2d(t[0], cropped[1], cropped[2]), x => DoubleTensor.OfIndex(cropped, i => x[0][i]));

    private static OpCase PadCase(string name, int height, int width) => new(
        $"Pad2d@{name}", [Uniform([2, 3, 4, 5])], t => Ops.Pad2d(t[0], height, width),
        x => DoubleTensor.OfIndex([2, height, width, 5], i => i[1] < 3 && i[2] < 4 ? x[0][i] : 0));

    private static OpCase ConcatCase(string name, int dim, params Shape[] parts) =>
        new(name, [.. parts.Select(p => Uniform(p))], t => Ops.Concat(t, dim), x => ConcatOf(x, dim));

    private static OpCase ExpandCase(string name, Shape shape, Shape larger) =>
        new(name, [Uniform(shape)], t => Ops.Expand(t[0], larger), x => x[0].Expand(larger));

    private static DoubleTensor ConcatOf(IReadOnlyList<DoubleTensor> parts, int dim)
    {
        int axis = parts[0].Shape.Axis(dim, "definition");
        return DoubleTensor.OfIndex(parts[0].Shape.With(axis, parts.Sum(p => p.Shape[axis])), i =>
        {
            int[] from = [.. i];
            int part = 0;
            for (; from[axis] >= parts[part].Shape[axis]; part++)
                from[axis] -= parts[part].Shape[axis];
            return parts[part][from];
        });
    }
}
