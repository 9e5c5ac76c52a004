using SspNative.Engine;
using SspNative.Kernels;
using SspNative.Kernels.Cpu;
using SspNative.Tests.Support;
using Xunit;
using static SspNative.Tests.Operations.OpInput;

namespace SspNative.Tests.Operations;

/// <summary>Wrong arguments of every operation: the error names the operation and the shapes of all operands.</summary>
public sealed class OpErrorTests : DeviceTest
{
    /// <summary>A call with wrong arguments; the part of the name before @ is the operation as its error names it.</summary>
    private sealed record WrongCall(string Name, OpInput[] Inputs, Func<Tensor[], Tensor> Run);

    private static readonly WrongCall[] _calls =
    [
        .. Elementwise(), .. Matrices(), .. Images(), .. Attentions(), .. Movements(), .. Losses(),
    ];

    public static TheoryData<string> Names => [.. _calls.Select(c => c.Name)];

    [Theory]
    [MemberData(nameof(Names))]
    public void TheErrorNamesTheOperationAndAllShapes(string name)
    {
        WrongCall call = _calls.Single(c => c.Name == name);
        using var scope = new TensorScope();
        var random = new Random(1);
        Tensor[] inputs = [.. call.Inputs.Select(i => i.Make(random, Device))];
        string message = Assert.Throws<ArgumentException>(() => call.Run(inputs)).Message;
        Assert.StartsWith(name.Split('@')[0] + ": ", message, StringComparison.Ordinal);
        Assert.All(inputs, t => Assert.Contains(t.Shape.ToString(), message, StringComparison.Ordinal));
    }

    [Fact]
    public void OperandsOnTwoDevicesAreAnError()
    {
        using var other = new CpuDevice(CpuIsa.Portable);
        using var scope = new TensorScope();
        Tensor a = Tensor.Zeros([2, 3], Device), b = Tensor.Zeros([3], other);
        string message = Assert.Throws<ArgumentException>(() => Ops.Add(a, b)).Message;
        Assert.Equal("add: operands are on cpu and cpu; move one of them with Tensor.To. Shapes: (2, 3), (3).", message);
    }

    [Fact]
    public void ConcatOfNothingIsAnError() =>
        Assert.Equal("concat: nothing to join.", Assert.Throws<ArgumentException>(() => Ops.Concat([], 0)).Message);

    private static IEnumerable<WrongCall> Elementwise()
    {
        (string Name, Func<Tensor, Tensor> Op)[] unary =
        [
            ("relu", Ops.Relu), ("gelu", Ops.Gelu), ("gelu_tanh", Ops.GeluTanh), ("quick_gelu", Ops.QuickGelu), ("silu", Ops.Silu),
            ("sigmoid", Ops.Sigmoid), ("tanh", Ops.Tanh), ("softplus", Ops.Softplus), ("exp", Ops.Exp), ("log", Ops.Log),
            ("sqrt", Ops.Sqrt), ("neg", Ops.Neg), ("affine", x => Ops.Affine(x, 2f, 1f)), ("sum", x => Ops.Sum(x)), ("mean", x => Ops.Mean(x)),
            ("max", x => Ops.Max(x, 0)), ("softmax", x => Ops.Softmax(x)), ("log_softmax", x => Ops.LogSoftmax(x)),
            ("less_than", x => Ops.LessThan(x, 0f)), ("interpolate_nearest", x => Ops.InterpolateNearest(x, 2, 2)),
        ];
        foreach ((string name, Func<Tensor, Tensor> op) in unary)
            yield return new($"{name}@element type", [Indices([2, 3], 5)], t => op(t[0]));
        (string Name, Func<Tensor, Tensor, Tensor> Op)[] binary = [("add", Ops.Add), ("sub", Ops.Sub), ("mul", Ops.Mul), ("div", Ops.Div)];
        foreach ((string name, Func<Tensor, Tensor, Tensor> op) in binary)
        {
            yield return new($"{name}@shapes", [Uniform([2, 3]), Uniform([4])], t => op(t[0], t[1]));
            yield return new($"{name}@element type", [Uniform([2, 3]), Indices([3], 5)], t => op(t[0], t[1]));
        }
        OpInput[] matrix = [Uniform([2, 3])];
        yield return new("sum@dimension", matrix, t => Ops.Sum(t[0], [2]));
        yield return new("mean@dimension", matrix, t => Ops.Mean(t[0], [-3]));
        yield return new("max@dimension", matrix, t => Ops.Max(t[0], 2));
        yield return new("max@empty dimension", [Uniform([2, 0])], t => Ops.Max(t[0], 1));
        yield return new("softmax@dimension", matrix, t => Ops.Softmax(t[0], 2));
        yield return new("log_softmax@dimension", matrix, t => Ops.LogSoftmax(t[0], -3));
    }

    private static IEnumerable<WrongCall> Matrices()
    {
        OpInput x = Uniform([2, 13]), weight = Uniform([5, 13]), bias = Uniform([5]);
        yield return new("linear@weight rank", [x, Uniform([5, 13, 1]), bias], t => Ops.Linear(t[0], t[1], t[2]));
        yield return new("linear@channels", [Uniform([2, 12]), weight, bias], t => Ops.Linear(t[0], t[1], t[2]));
        yield return new("linear@bias", [x, weight, Uniform([6])], t => Ops.Linear(t[0], t[1], t[2]));
        yield return new("linear@residual", [x, weight, bias, Uniform([2, 4])], t => Ops.Linear(t[0], t[1], t[2], residual: t[3]));
        OpInput hidden = Uniform([2, 5]), last = Uniform([2]);
        (string Name, OpInput[] Inputs)[] feedForward =
        [
            ("channels", [Uniform([2, 12]), weight, bias, hidden, last, Uniform([2, 2])]),
            ("hidden", [x, weight, bias, Uniform([2, 6]), last, Uniform([2, 2])]),
            ("bias", [x, weight, Uniform([6]), hidden, last, Uniform([2, 2])]),
            ("last bias", [x, weight, bias, hidden, Uniform([3]), Uniform([2, 2])]),
            ("residual", [x, weight, bias, hidden, last, Uniform([2, 4])]),
        ];
        foreach ((string name, OpInput[] inputs) in feedForward)
            yield return new($"feed_forward@{name}", inputs, t => Ops.FeedForward(t[0], t[1], t[2], Activation.Gelu, t[3], t[4], t[5]));
        yield return new("linear_concat@channels", [x, Uniform([5, 12]), bias], t => Ops.LinearConcat(t[0], (t[1], t[2])));
        yield return new("linear_concat@bias", [x, weight, Uniform([6])], t => Ops.LinearConcat(t[0], (t[1], t[2])));
        yield return new("linear_concat@scalar", [Uniform([])], t => Ops.LinearConcat(t[0]));
        yield return new("matmul@rank", [Uniform([3]), Uniform([3, 4])], t => Ops.MatMul(t[0], t[1]));
        yield return new("matmul@inner", [Uniform([2, 3]), Uniform([4, 5])], t => Ops.MatMul(t[0], t[1]));
        yield return new("layer_norm@weight", [x, Uniform([12]), Uniform([13])], t => Ops.LayerNorm(t[0], t[1], t[2]));
        yield return new("layer_norm@scalar", [Uniform([]), Uniform([1]), Uniform([1])], t => Ops.LayerNorm(t[0], t[1], t[2]));
        yield return new("group_norm@groups", [x, Uniform([13]), Uniform([13])], t => Ops.GroupNorm(t[0], t[1], t[2], 2));
        yield return new("group_norm@bias", [x, Uniform([13]), Uniform([12])], t => Ops.GroupNorm(t[0], t[1], t[2], 1));
        yield return new("embedding@rank", [Indices([3], 5), Uniform([5])], t => Ops.Embedding(t[0], t[1]));
        yield return new("embedding@index", [Indices([3], 5), Uniform([0, 4])], t => Ops.Embedding(t[0], t[1]));
        yield return new("gather@rows", [x, Indices([3], 13)], t => Ops.Gather(t[0], t[1]));
        yield return new("gather@index", [Uniform([3, 0]), Indices([3], 13)], t => Ops.Gather(t[0], t[1]));
    }

    private static IEnumerable<WrongCall> Images()
    {
        OpInput map = Uniform([2, 5, 7, 6]), weight = Uniform([4, 6, 3, 3]);
        yield return new("conv2d@rank", [Uniform([5, 7, 6]), weight], t => Ops.Conv2d(t[0], t[1]));
        yield return new("conv2d@channels", [map, Uniform([4, 5, 3, 3])], t => Ops.Conv2d(t[0], t[1]));
        yield return new("conv2d@groups", [map, Uniform([4, 2, 3, 3])], t => Ops.Conv2d(t[0], t[1], groups: 3));
        yield return new("conv2d@stride", [map, weight], t => Ops.Conv2d(t[0], t[1], stride: 0));
        yield return new("conv2d@bias", [map, weight, Uniform([5])], t => Ops.Conv2d(t[0], t[1], t[2]));
        yield return new("conv2d@kernel", [map, Uniform([4, 6, 8, 8])], t => Ops.Conv2d(t[0], t[1]));
        yield return new("max_pool2d@window", [map], t => Ops.MaxPool2d(t[0], 6, 1));
        yield return new("avg_pool2d@rank", [Uniform([5, 7, 6])], t => Ops.AvgPool2d(t[0], 2, 2));
        yield return new("interpolate_bilinear@size", [map], t => Ops.InterpolateBilinear(t[0], 0, 4));
        yield return new("interpolate_nearest@empty", [Uniform([2, 0, 7, 6])], t => Ops.InterpolateNearest(t[0], 2, 2));
        yield return new("fpn_upsample_add@channels", [map, Uniform([2, 10, 14, 5])], t => Ops.UpsampleAdd(t[0], t[1]));
        yield return new("grid_sample@grid", [map, Uniform([2, 4, 4, 3])], t => Ops.GridSample(t[0], t[1]));
        yield return new("crop2d@size", [map], t => Ops.Crop2d(t[0], 6, 7));
        yield return new("crop2d@negative", [map], t => Ops.Crop2d(t[0], -1, 7));
        yield return new("pad2d@size", [map], t => Ops.Pad2d(t[0], 5, 6));
    }

    private static IEnumerable<WrongCall> Attentions()
    {
        const string attention = "scaled_dot_product_attention";
        OpInput q = Uniform([2, 3, 8]), k = Uniform([2, 5, 8]), v = Uniform([2, 5, 6]), bias = Uniform([9, 2]);
        yield return new($"{attention}@rank", [Uniform([3, 8]), k, v], t => Ops.Attention(t[0], t[1], t[2], 2));
        yield return new($"{attention}@keys", [q, k, Uniform([2, 4, 6])], t => Ops.Attention(t[0], t[1], t[2], 2));
        yield return new($"{attention}@no keys", [q, Uniform([2, 0, 8]), Uniform([2, 0, 6])], t => Ops.Attention(t[0], t[1], t[2], 2));
        yield return new($"{attention}@heads", [q, k, v], t => Ops.Attention(t[0], t[1], t[2], 4));
        yield return new($"{attention}@mask", [q, k, v, Mask([2, 3])], t => Ops.Attention(t[0], t[1], t[2], 2, t[3]));
        yield return new("window_attention@heads", [Uniform([1, 4, 4, 12]), bias], t => Ops.WindowAttention(t[0], t[1], 2, 0, 3));
        yield return new("window_attention@no heads", [Uniform([1, 4, 4, 12]), bias], t => Ops.WindowAttention(t[0], t[1], 2, 0, 0));
        yield return new("window_attention@window", [Uniform([1, 4, 5, 12]), bias], t => Ops.WindowAttention(t[0], t[1], 2, 0, 2));
        yield return new("window_attention@height", [Uniform([1, 5, 4, 12]), bias], t => Ops.WindowAttention(t[0], t[1], 2, 0, 2));
        yield return new("window_attention@shift", [Uniform([1, 4, 4, 12]), bias], t => Ops.WindowAttention(t[0], t[1], 2, 2, 2));
        yield return new("window_attention@bias", [Uniform([1, 4, 4, 12]), Uniform([8, 2])], t => Ops.WindowAttention(t[0], t[1], 2, 0, 2));
        OpInput value = Uniform([1, 6, 2, 4]), locations = Uniform([1, 3, 2, 1, 2, 2]), weights = Uniform([1, 3, 2, 1, 2]);
        yield return new(
            "ms_deformable_attention@rank", [Uniform([1, 6, 8]), locations, weights], t => Ops.DeformableAttention(t[0], [(2, 3)], t[1], t[2]));
        yield return new(
            "ms_deformable_attention@levels", [value, locations, weights], t => Ops.DeformableAttention(t[0], [(2, 2)], t[1], t[2]));
    }

    private static IEnumerable<WrongCall> Movements()
    {
        OpInput[] matrix = [Uniform([4, 6])];
        yield return new("reshape@count", matrix, t => Ops.Reshape(t[0], new Shape(5, 5)));
        yield return new("reshape@free dimension", matrix, t => Ops.Reshape(t[0], 5, -1));
        yield return new("permute@order", matrix, t => Ops.Permute(t[0], 0, 0));
        yield return new("permute@images", matrix, t => Ops.ToChannelsLast(t[0]));
        yield return new("permute@maps", matrix, t => Ops.ToChannelsFirst(t[0]));
        yield return new("transpose@dimension", matrix, t => Ops.Transpose(t[0], 0, 2));
        yield return new("narrow@dimension", matrix, t => Ops.Narrow(t[0], 2, 0, 1));
        yield return new("narrow@range", matrix, t => Ops.Narrow(t[0], 1, 4, 3));
        yield return new("concat@shapes", [.. matrix, Uniform([4, 5])], t => Ops.Concat([t[0], t[1]], 0));
        yield return new("concat@element type", [.. matrix, Indices([4, 6], 2)], t => Ops.Concat([t[0], t[1]], 0));
        yield return new("expand@shape", matrix, t => Ops.Expand(t[0], [4, 7]));
        yield return new("expand@rank", matrix, t => Ops.Expand(t[0], [6]));
    }

    private static IEnumerable<WrongCall> Losses()
    {
        OpInput logits = Uniform([3, 5]);
        yield return new("bce_with_logits@target", [logits, Uniform([3, 1])], t => Ops.BceWithLogits(t[0], t[1]));
        yield return new("dice_loss@target", [logits, Uniform([3, 1])], t => Ops.DiceLoss(t[0], t[1]));
        yield return new("cross_entropy@target", [logits, Indices([4], 5)], t => Ops.CrossEntropy(t[0], t[1]));
        yield return new("cross_entropy@weight", [logits, Indices([3], 5), Uniform([4])], t => Ops.CrossEntropy(t[0], t[1], t[2]));
        yield return new("cosine_similarity@shapes", [logits, Uniform([2, 5])], t => Ops.CosineSimilarity(t[0], t[1]));
        yield return new("cosine_similarity@along", [logits, Uniform([3, 1])], t => Ops.CosineSimilarity(t[0], t[1]));
    }
}
