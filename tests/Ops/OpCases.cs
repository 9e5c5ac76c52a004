using SspNative.Engine;
using SspNative.Kernels;
using static SspNative.Tests.Operations.OpInput;

namespace SspNative.Tests.Operations;

/// <summary>
/// The table of operations: sizes that are no multiple of any vector, every option, and empty inputs where PyTorch allows
/// them.
/// </summary>
internal static class OpCases
{
    public static IReadOnlyList<OpCase> All { get; } =
    [
        .. Elementwise(), .. Reductions(), .. Matrices(), .. Convolutions(), .. Images(), .. Attentions(), .. Movements(), .. Losses(),
    ];

    private static IEnumerable<OpCase> Elementwise()
    {
        (string Name, Func<Tensor, Tensor> Op, Func<Shape, OpInput> Input)[] unary =
        [
            (nameof(Ops.Relu), Ops.Relu, AwayFromZero), (nameof(Ops.Gelu), Ops.Gelu, Wide), (nameof(Ops.GeluTanh), Ops.GeluTanh, Wide),
            (nameof(Ops.QuickGelu), Ops.QuickGelu, Wide), (nameof(Ops.Silu), Ops.Silu, Wide), (nameof(Ops.Sigmoid), Ops.Sigmoid, Wide),
            (nameof(Ops.Tanh), Ops.Tanh, Wide), (nameof(Ops.Softplus), Ops.Softplus, Wide), (nameof(Ops.Exp), Ops.Exp, Wide),
            (nameof(Ops.Log), Ops.Log, Positive), (nameof(Ops.Sqrt), Ops.Sqrt, Positive), (nameof(Ops.Neg), Ops.Neg, Wide),
        ];
        foreach ((string name, Func<Tensor, Tensor> op, Func<Shape, OpInput> input) in unary)
        {
            yield return new(name, name, [input([3, 37])], t => op(t[0]));
            yield return new($"{name}@empty", name, [input([0, 5])], t => op(t[0]));
        }
        (string Name, Func<Tensor, Tensor, Tensor> Op)[] binary =
            [(nameof(Ops.Add), Ops.Add), (nameof(Ops.Sub), Ops.Sub), (nameof(Ops.Mul), Ops.Mul), (nameof(Ops.Div), Ops.Div)];
        foreach ((string name, Func<Tensor, Tensor, Tensor> op) in binary)
        {
            yield return new(name, name, [Uniform([5, 19]), Positive([5, 19])], t => op(t[0], t[1]));
            yield return new($"{name}@rows", name, [Uniform([3, 5, 19]), Positive([19])], t => op(t[0], t[1]));
            yield return new($"{name}@outer", name, [Uniform([7, 1]), Positive([2, 1, 9])], t => op(t[0], t[1]));
            yield return new($"{name}@scalar", name, [Uniform([]), Positive([3, 5])], t => op(t[0], t[1]));
            yield return new($"{name}@empty", name, [Uniform([0, 5]), Positive([5])], t => op(t[0], t[1]));
            yield return new($"{name}@itself", name, [Positive([4, 5])], t => op(t[0], t[0]));
        }
        yield return new("Affine", nameof(Ops.Affine), [Uniform([3, 37])], t => Ops.Affine(t[0], -2.5f, 0.75f));
        yield return new("Scale", nameof(Ops.Scale), [Uniform([41])], t => Ops.Scale(t[0], 3f));
    }

    private static IEnumerable<OpCase> Reductions()
    {
        foreach (int[]? dims in new int[]?[] { null, [0], [-1], [0, 2], [1, 2] })
        {
            string suffix = dims is null ? "all" : string.Join("", dims);
            yield return new($"Sum@{suffix}", nameof(Ops.Sum), [Uniform([3, 5, 19])], t => Ops.Sum(t[0], dims));
            yield return new($"Mean@{suffix}", nameof(Ops.Mean), [Uniform([3, 5, 19])], t => Ops.Mean(t[0], dims, keepDim: true));
        }
        yield return new("Sum@empty", nameof(Ops.Sum), [Uniform([0, 5])], t => Ops.Sum(t[0], [0]));
        foreach (int dim in new[] { 0, 1, -1 })
        {
            yield return new($"Max@{dim}", nameof(Ops.Max), [Distinct([3, 5, 19])], t => Ops.Max(t[0], dim));
            yield return new($"Softmax@{dim}", nameof(Ops.Softmax), [Wide([3, 5, 19])], t => Ops.Softmax(t[0], dim));
            yield return new($"LogSoftmax@{dim}", nameof(Ops.LogSoftmax), [Wide([3, 5, 19])], t => Ops.LogSoftmax(t[0], dim));
        }
        yield return new("Max@empty", nameof(Ops.Max), [Uniform([0, 5])], t => Ops.Max(t[0], 1, keepDim: true));
        yield return new("Softmax@empty", nameof(Ops.Softmax), [Uniform([0, 5])], t => Ops.Softmax(t[0]));
        yield return new(
            "CosineSimilarity", nameof(Ops.CosineSimilarity), [Uniform([3, 1, 19]), Uniform([5, 19])], t => Ops.CosineSimilarity(t[0], t[1]));
        yield return new(
            "CosineSimilarity@1", nameof(Ops.CosineSimilarity), [Uniform([3, 7, 5]), Uniform([3, 7, 5])], t => Ops.CosineSimilarity(t[0], t[1], 1));
    }

    private static IEnumerable<OpCase> Matrices()
    {
        foreach (Activation activation in Enum.GetValues<Activation>())
        {
            // Under ReLU the bias alone decides the sign, so that no kink is near.
            OpInput[] parameters = activation == Activation.Relu
                ? [Uniform([21, 13], -0.02f, 0.02f), Alternating([21])]
                : [Uniform([21, 13]), Uniform([21])];
            yield return new(
                $"Linear@{activation}+residual", nameof(Ops.Linear), [Uniform([3, 7, 13]), .. parameters, Uniform([3, 7, 21])],
                t => Ops.Linear(t[0], t[1], t[2], activation, t[3]));
        }
        yield return new("Linear@plain", nameof(Ops.Linear), [Uniform([7, 13]), Uniform([5, 13])], t => Ops.Linear(t[0], t[1]));
        yield return new("Linear@vector", nameof(Ops.Linear), [Uniform([13]), Uniform([5, 13]), Uniform([5])], t => Ops.Linear(t[0], t[1], t[2]));
        yield return new(
            "Linear@empty", nameof(Ops.Linear), [Uniform([0, 13]), Uniform([5, 13]), Uniform([5])], t => Ops.Linear(t[0], t[1], t[2]));
        yield return new(
            "FeedForward+residual", nameof(Ops.FeedForward),
            [Uniform([3, 7, 13]), Uniform([21, 13]), Uniform([21]), Uniform([5, 21]), Uniform([5]), Uniform([3, 7, 5])],
            t => Ops.FeedForward(t[0], t[1], t[2], Activation.Gelu, t[3], t[4], t[5]));
        yield return new(
            "FeedForward@plain", nameof(Ops.FeedForward), [Uniform([7, 13]), Uniform([9, 13]), Uniform([5, 9])],
            t => Ops.FeedForward(t[0], t[1], null, Activation.QuickGelu, t[2], null));
        yield return new(
            "FeedForward@empty", nameof(Ops.FeedForward), [Uniform([0, 13]), Uniform([9, 13]), Uniform([9]), Uniform([5, 9]), Uniform([5])],
            t => Ops.FeedForward(t[0], t[1], t[2], Activation.Gelu, t[3], t[4]));
        yield return new(
            "LinearConcat", nameof(Ops.LinearConcat),
            [Uniform([3, 7, 13]), Uniform([5, 13]), Uniform([5]), Uniform([9, 13]), Uniform([2, 13]), Uniform([2])],
            t => Ops.LinearConcat(t[0], (t[1], t[2]), (t[3], null), (t[4], t[5])));
        yield return new(
            "LinearConcat@empty", nameof(Ops.LinearConcat), [Uniform([0, 13]), Uniform([5, 13]), Uniform([5])],
            t => Ops.LinearConcat(t[0], (t[1], t[2])));
        foreach (bool transpose in new[] { false, true })
        {
            Shape B(params int[] batch) => transpose ? new([.. batch, 9, 11]) : new([.. batch, 11, 9]);
            string suffix = transpose ? "+transposed" : "";
            Tensor Run(Tensor[] t) => Ops.MatMul(t[0], t[1], transpose);
            yield return new($"MatMul@plain{suffix}", nameof(Ops.MatMul), [Uniform([7, 11]), Uniform(B())], Run);
            yield return new($"MatMul@batched{suffix}", nameof(Ops.MatMul), [Uniform([2, 3, 7, 11]), Uniform(B(2, 3))], Run);
            yield return new($"MatMul@broadcast{suffix}", nameof(Ops.MatMul), [Uniform([2, 1, 7, 11]), Uniform(B(3))], Run);
            yield return new($"MatMul@empty{suffix}", nameof(Ops.MatMul), [Uniform([2, 0, 11]), Uniform(B())], Run);
        }
        yield return new("MatMul@no inner", nameof(Ops.MatMul), [Uniform([3, 0]), Uniform([0, 4])], t => Ops.MatMul(t[0], t[1]));
        yield return new(
            "LayerNorm", nameof(Ops.LayerNorm), [Uniform([3, 5, 37]), Positive([37]), Uniform([37])], t => Ops.LayerNorm(t[0], t[1], t[2]));
        yield return new(
            "LayerNorm@empty", nameof(Ops.LayerNorm), [Uniform([0, 5]), Positive([5]), Uniform([5])], t => Ops.LayerNorm(t[0], t[1], t[2]));
        yield return new(
            "GroupNorm", nameof(Ops.GroupNorm), [Uniform([2, 5, 3, 21]), Positive([21]), Uniform([21])], t => Ops.GroupNorm(t[0], t[1], t[2], 3));
        yield return new(
            "GroupNorm@empty", nameof(Ops.GroupNorm), [Uniform([0, 5, 3, 4]), Positive([4]), Uniform([4])], t => Ops.GroupNorm(t[0], t[1], t[2], 2));
        yield return new("Embedding", nameof(Ops.Embedding), [Indices([3, 5], 7), Uniform([7, 19])], t => Ops.Embedding(t[0], t[1]));
        yield return new("Embedding@empty", nameof(Ops.Embedding), [Indices([0], 7), Uniform([7, 5])], t => Ops.Embedding(t[0], t[1]));
        yield return new("Gather", nameof(Ops.Gather), [Uniform([9, 5]), Indices([9], 5)], t => Ops.Gather(t[0], t[1]));
        yield return new("Gather@empty", nameof(Ops.Gather), [Uniform([0, 5]), Indices([0], 5)], t => Ops.Gather(t[0], t[1]));
    }

    private static IEnumerable<OpCase> Convolutions()
    {
        (string Name, int Cin, int Cout, int Kernel, int Stride, int Padding, int Groups)[] variants =
        [
            ("1x1", 5, 19, 1, 1, 0, 1), ("3x3", 5, 19, 3, 1, 1, 1), ("3x3 valid", 3, 4, 3, 1, 0, 1), ("3x3 stride", 5, 7, 3, 2, 1, 1),
            ("patch", 3, 17, 3, 3, 0, 1), ("grouped", 6, 10, 3, 1, 1, 2), ("depthwise", 19, 19, 3, 1, 1, 19), ("5x5", 2, 3, 5, 2, 2, 1),
        ];
        foreach ((string name, int cin, int cout, int kernel, int stride, int padding, int groups) in variants)
            yield return new(
                $"Conv2d@{name}", nameof(Ops.Conv2d), [Uniform([2, 7, 9, cin]), Uniform([cout, cin / groups, kernel, kernel]), Uniform([cout])],
                t => Ops.Conv2d(t[0], t[1], t[2], stride, padding, groups));
        yield return new(
            "Conv2d@relu", nameof(Ops.Conv2d), [Uniform([1, 3, 4, 3]), Uniform([4, 3, 3, 3], -0.02f, 0.02f), Alternating([4])],
            t => Ops.Conv2d(t[0], t[1], t[2], padding: 1, activation: Activation.Relu));
        yield return new("Conv2d@no bias", nameof(Ops.Conv2d), [Uniform([1, 5, 4, 3]), Uniform([4, 3, 2, 2])], t => Ops.Conv2d(t[0], t[1]));
        yield return new(
            "Conv2d@empty", nameof(Ops.Conv2d), [Uniform([0, 5, 4, 3]), Uniform([4, 3, 3, 3]), Uniform([4])], t => Ops.Conv2d(t[0], t[1], t[2]));
    }

    private static IEnumerable<OpCase> Images()
    {
        foreach ((int h, int w) in new[] { (10, 14), (11, 9), (3, 4), (5, 7), (1, 1) })
        {
            yield return new(
                $"InterpolateBilinear@{h}x{w}", nameof(Ops.InterpolateBilinear), [Uniform([2, 5, 7, 3])], t => Ops.InterpolateBilinear(t[0], h, w));
            yield return new(
                $"InterpolateNearest@{h}x{w}", nameof(Ops.InterpolateNearest), [Uniform([2, 5, 7, 3])], t => Ops.InterpolateNearest(t[0], h, w));
        }
        yield return new(
            "InterpolateBilinear@empty", nameof(Ops.InterpolateBilinear), [Uniform([0, 5, 7, 3])], t => Ops.InterpolateBilinear(t[0], 4, 4));
        yield return new("UpsampleAdd", nameof(Ops.UpsampleAdd), [Uniform([2, 3, 4, 19]), Uniform([2, 6, 8, 19])], t => Ops.UpsampleAdd(t[0], t[1]));
        yield return new(
            "UpsampleAdd@odd", nameof(Ops.UpsampleAdd), [Uniform([1, 3, 4, 5]), Uniform([1, 5, 7, 5])], t => Ops.UpsampleAdd(t[0], t[1]));
        yield return new(
            "GridSample", nameof(Ops.GridSample), [Uniform([2, 5, 7, 3]), Positions([2, 4, 6, 2], (p, size) => (2 * p + 1) / size - 1, _ => (5, 7))],
            t => Ops.GridSample(t[0], t[1]));
        yield return new(
            "GridSample@empty", nameof(Ops.GridSample), [Uniform([2, 5, 7, 3]), Uniform([2, 0, 6, 2])], t => Ops.GridSample(t[0], t[1]));
        yield return new("MaxPool2d", nameof(Ops.MaxPool2d), [Distinct([2, 6, 7, 5])], t => Ops.MaxPool2d(t[0], 2, 2));
        yield return new("MaxPool2d@overlapping", nameof(Ops.MaxPool2d), [Distinct([1, 7, 5, 3])], t => Ops.MaxPool2d(t[0], 3, 1));
        yield return new("MaxPool2d@empty", nameof(Ops.MaxPool2d), [Uniform([0, 6, 7, 5])], t => Ops.MaxPool2d(t[0], 2, 2));
        yield return new("AvgPool2d", nameof(Ops.AvgPool2d), [Uniform([2, 6, 7, 5])], t => Ops.AvgPool2d(t[0], 2, 2));
        yield return new("AvgPool2d@overlapping", nameof(Ops.AvgPool2d), [Uniform([1, 7, 5, 3])], t => Ops.AvgPool2d(t[0], 3, 1));
        yield return new("Pad2d", nameof(Ops.Pad2d), [Uniform([2, 3, 4, 5])], t => Ops.Pad2d(t[0], 5, 7));
        yield return new("Pad2d@same", nameof(Ops.Pad2d), [Uniform([2, 3, 4, 5])], t => Ops.Scale(Ops.Pad2d(t[0], 3, 4), 2f));
        yield return new("Crop2d", nameof(Ops.Crop2d), [Uniform([2, 5, 7, 3])], t => Ops.Crop2d(t[0], 4, 5));
        yield return new("Crop2d@same", nameof(Ops.Crop2d), [Uniform([2, 3, 4, 5])], t => Ops.Scale(Ops.Crop2d(t[0], 3, 4), 2f));
    }

    private static IEnumerable<OpCase> Attentions()
    {
        const string attention = nameof(Ops.Attention), window = nameof(Ops.WindowAttention), deformable = nameof(Ops.DeformableAttention);
        OpInput q = Uniform([2, 7, 12]), k = Uniform([2, 19, 12]), v = Uniform([2, 19, 10]);
        yield return new($"{attention}@plain", attention, [q, k, v], t => Ops.Attention(t[0], t[1], t[2], 2));
        yield return new($"{attention}@scale", attention, [q, k, v], t => Ops.Attention(t[0], t[1], t[2], 1, scale: 0.7f));
        yield return new($"{attention}@keys", attention, [q, k, v, Mask([2, 19])], t => Ops.Attention(t[0], t[1], t[2], 2, t[3]));
        yield return new($"{attention}@full", attention, [q, k, v, Mask([2, 7, 19])], t => Ops.Attention(t[0], t[1], t[2], 2, t[3]));
        yield return new(
            $"{attention}@all blocked", attention, [q, k, v],
            t => Ops.Attention(t[0], t[1], t[2], 2, Tensor.FromArray([.. Enumerable.Repeat((byte)1, 2 * 19)], [2, 19], t[0].Device)));
        yield return new($"{attention}@itself", attention, [q], t => Ops.Attention(t[0], t[0], t[0], 3));
        yield return new($"{attention}@empty", attention, [Uniform([2, 0, 12]), k, v], t => Ops.Attention(t[0], t[1], t[2], 2));
        foreach (int shift in new[] { 0, 2 })
            yield return new(
                $"{window}@{shift}", window, [Uniform([2, 8, 12, 30]), Uniform([49, 2])], t => Ops.WindowAttention(t[0], t[1], 4, shift, 2));
        yield return new(
            $"{window}@empty", window, [Uniform([0, 8, 12, 30]), Uniform([49, 2])], t => Ops.WindowAttention(t[0], t[1], 4, 0, 2));
        (int H, int W)[] levels = [(4, 5), (2, 3)];
        const int points = 2;
        OpInput locations = Positions([2, 3, 2, 2, points, 2], (p, size) => (p + 0.5f) / size, i => levels[i / (2 * points) % 2]);
        yield return new(
            deformable, deformable, [Uniform([2, 26, 2, 5]), locations, Uniform([2, 3, 2, 2, points])],
            t => Ops.DeformableAttention(t[0], levels, t[1], t[2]));
        yield return new(
            $"{deformable}@empty", deformable, [Uniform([2, 26, 2, 5]), Uniform([2, 0, 2, 2, points, 2]), Uniform([2, 0, 2, 2, points])],
            t => Ops.DeformableAttention(t[0], levels, t[1], t[2]));
    }

    private static IEnumerable<OpCase> Movements()
    {
        yield return new("Reshape", nameof(Ops.Reshape), [Uniform([3, 4, 5])], t => Ops.Reshape(t[0], 4, -1, 3));
        yield return new("Reshape@empty", nameof(Ops.Reshape), [Uniform([0, 4])], t => Ops.Reshape(t[0], new Shape(4, 0, 2)));
        yield return new("Permute", nameof(Ops.Permute), [Uniform([3, 4, 5, 7])], t => Ops.Permute(t[0], 2, 0, 3, 1));
        yield return new("Permute@empty", nameof(Ops.Permute), [Uniform([3, 0, 5])], t => Ops.Permute(t[0], 2, 0, 1));
        yield return new("Transpose", nameof(Ops.Transpose), [Uniform([3, 4, 19])], t => Ops.Transpose(t[0], -1, 0));
        yield return new("ToChannelsLast", nameof(Ops.ToChannelsLast), [Uniform([2, 19, 3, 5])], t => Ops.ToChannelsLast(t[0]));
        yield return new("ToChannelsFirst", nameof(Ops.ToChannelsFirst), [Uniform([2, 3, 5, 19])], t => Ops.ToChannelsFirst(t[0]));
        yield return new("Narrow", nameof(Ops.Narrow), [Uniform([3, 9, 5])], t => Ops.Narrow(t[0], 1, 2, 4));
        yield return new("Narrow@last", nameof(Ops.Narrow), [Uniform([3, 19])], t => Ops.Narrow(t[0], -1, 5, 14));
        yield return new("Narrow@empty", nameof(Ops.Narrow), [Uniform([3, 9])], t => Ops.Narrow(t[0], 1, 9, 0));
        yield return new("Concat@first", nameof(Ops.Concat), [Uniform([2, 5]), Uniform([3, 5])], t => Ops.Concat([t[0], t[1]], 0));
        yield return new(
            "Concat@last", nameof(Ops.Concat), [Uniform([3, 5]), Uniform([3, 0]), Uniform([3, 17])], t => Ops.Concat([t[0], t[1], t[2]], -1));
        yield return new("Concat@itself", nameof(Ops.Concat), [Uniform([2, 3, 4])], t => Ops.Concat([t[0], t[0]], 1));
        yield return new("Expand", nameof(Ops.Expand), [Uniform([3, 1, 5])], t => Ops.Expand(t[0], [2, 3, 4, 5]));
        yield return new("Expand@scalar", nameof(Ops.Expand), [Uniform([])], t => Ops.Expand(t[0], [3, 5]));
        yield return new("Expand@empty", nameof(Ops.Expand), [Uniform([1, 5])], t => Ops.Expand(t[0], [0, 5]));
    }

    private static IEnumerable<OpCase> Losses()
    {
        OpInput target = Uniform([3, 19], 0f, 1f).Constant();
        yield return new("BceWithLogits", nameof(Ops.BceWithLogits), [Wide([3, 19]), target], t => Ops.BceWithLogits(t[0], t[1]));
        yield return new("DiceLoss", nameof(Ops.DiceLoss), [Wide([3, 19]), target], t => Ops.DiceLoss(t[0], t[1]));
        yield return new("CrossEntropy", nameof(Ops.CrossEntropy), [Wide([9, 5]), Indices([9], 5)], t => Ops.CrossEntropy(t[0], t[1]));
        yield return new(
            "CrossEntropy@weighted", nameof(Ops.CrossEntropy), [Wide([9, 5]), Indices([9], 5), Positive([5]).Constant()],
            t => Ops.CrossEntropy(t[0], t[1], t[2]));
    }

    private static OpInput Wide(Shape shape) => Uniform(shape, -3f, 3f);
}
