using SspNative.Engine;
using SspNative.Engine.Diagnostics;
using SspNative.Engine.Optim;
using SspNative.Kernels;
using SspNative.Kernels.Cpu;
using SspNative.Tests.Operations;
using Xunit;
using static SspNative.Tests.Operations.OpInput;

namespace SspNative.Tests.Kernels;

/// <summary>
/// Calls of every kernel with what they read: those of the table of operations, forward and backward, and of some larger ones, of which threads and
/// blocks get parts.
/// </summary>
internal static class RecordedCalls
{
    private static readonly Lazy<ILookup<string, RecordedCall>> _byKernel = new(Record);

    /// <summary>The calls of a kernel, none twice.</summary>
    public static IEnumerable<RecordedCall> Of(string kernel) => _byKernel.Value[kernel];

    /// <summary>The kernels that were called.</summary>
    public static IEnumerable<string> Kernels => _byKernel.Value.Select(g => g.Key);

    /// <summary>Every kernel on every instruction set, as theory data.</summary>
    public static TheoryData<string, CpuIsa> OnEveryIsa
    {
        get
        {
            var data = new TheoryData<string, CpuIsa>();
            foreach (string kernel in CallCatalogue.Names)
                foreach (CpuIsa isa in CpuDevice.SupportedIsas)
                    data.Add(kernel, isa);
            return data;
        }
    }

    private static IEnumerable<OpCase> Larger =>
    [
        new("Gelu", "", [Uniform([300, 301])], t => Ops.Gelu(t[0])),
        new("Sigmoid", "", [Uniform([300, 301])], t => Ops.Sigmoid(t[0])),
        new("Affine", "", [Uniform([300, 301])], t => Ops.Affine(t[0], -1f, 2f)),
        new("Add", "", [Uniform([300, 301]), Uniform([301])], t => Ops.Add(t[0], t[1])),
        new("Mul", "", [Uniform([100, 1, 301]), Uniform([5, 301])], t => Ops.Mul(t[0], t[1])),
        new("Sum", "", [Uniform([301, 300])], t => Ops.Sum(t[0], [1])),
        new("Sum@first", "", [Uniform([301, 300])], t => Ops.Sum(t[0], [0])),
        new("Sum@all", "", [Uniform([301, 300])], t => Ops.Sum(t[0])),
        new("Max", "", [Distinct([100, 9, 77])], t => Ops.Max(t[0], 1)),
        new("Softmax", "", [Uniform([301, 300])], t => Ops.Softmax(t[0])),
        new("LogSoftmax", "", [Uniform([301, 300])], t => Ops.LogSoftmax(t[0])),
        new("LayerNorm", "", [Uniform([301, 300]), Positive([300]), Uniform([300])], t => Ops.LayerNorm(t[0], t[1], t[2])),
        new("GroupNorm", "", [Uniform([2, 37, 41, 36]), Positive([36]), Uniform([36])], t => Ops.GroupNorm(t[0], t[1], t[2], 4)),
        new("Linear", "", [Uniform([150, 130]), Uniform([270, 130]), Uniform([270])], t => Ops.Linear(t[0], t[1], t[2], Activation.Gelu)),
        new("Linear@one", "", [Uniform([1, 300]), Uniform([270, 300]), Uniform([270])], t => Ops.Linear(t[0], t[1], t[2])),
        new("Linear@few", "", [Uniform([30, 260]), Uniform([530, 260]), Uniform([530])], t => Ops.Linear(t[0], t[1], t[2])),
        new("MatMul", "", [Uniform([3, 1, 70, 50]), Uniform([4, 50, 60])], t => Ops.MatMul(t[0], t[1])),
        new("Conv2d", "", [Uniform([1, 30, 29, 32]), Uniform([48, 32, 3, 3]), Uniform([48])], t => Ops.Conv2d(t[0], t[1], t[2], padding: 1)),
        new("Conv2d@stride", "", [Uniform([1, 31, 29, 20]), Uniform([24, 20, 3, 3]), Uniform([24])], t => Ops.Conv2d(t[0], t[1], t[2], 2, 1)),
        new("Conv2d@thin", "", [Uniform([2, 40, 36, 1]), Uniform([16, 1, 3, 3]), Uniform([16])], t => Ops.Conv2d(t[0], t[1], t[2], padding: 1)),
        new("Conv2d@patches", "", [Uniform([1, 40, 36, 3]), Uniform([32, 3, 4, 4]), Uniform([32])], t => Ops.Conv2d(t[0], t[1], t[2], 4)),
        new("Attention", "", [Uniform([2, 150, 64]), Uniform([2, 170, 64]), Uniform([2, 170, 48])], t => Ops.Attention(t[0], t[1], t[2], 2)),
        new("Attention@full", "", [Uniform([1, 70, 64]), Uniform([1, 300, 64]), Uniform([1, 300, 64]), Mask([1, 70, 300])],
            t => Ops.Attention(t[0], t[1], t[2], 2, t[3])),
        new("WindowAttention", "", [Uniform([1, 28, 35, 192]), Uniform([169, 2])], t => Ops.WindowAttention(t[0], t[1], 7, 3, 2)),
        new("DeformableAttention", "",
            [Uniform([2, 170, 3, 20]), Uniform([2, 140, 3, 2, 4, 2], 0f, 1f), Uniform([2, 140, 3, 2, 4])],
            t => Ops.DeformableAttention(t[0], [(10, 9), (8, 10)], t[1], t[2])),
        new("InterpolateBilinear", "", [Uniform([2, 20, 21, 33])], t => Ops.InterpolateBilinear(t[0], 41, 39)),
        new("InterpolateNearest", "", [Uniform([2, 20, 21, 33])], t => Ops.InterpolateNearest(t[0], 41, 39)),
        new("GridSample", "", [Uniform([2, 20, 21, 33]), Uniform([2, 30, 31, 2])], t => Ops.GridSample(t[0], t[1])),
        new("MaxPool2d", "", [Uniform([2, 40, 42, 33])], t => Ops.MaxPool2d(t[0], 3, 2)),
        new("AvgPool2d", "", [Uniform([2, 40, 42, 33])], t => Ops.AvgPool2d(t[0], 3, 2)),
        new("Permute", "", [Uniform([30, 41, 70])], t => Ops.Permute(t[0], 2, 0, 1)),
        new("Concat", "", [Uniform([300, 70]), Uniform([300, 33])], t => Ops.Concat([t[0], t[1]], 1)),
        new("Embedding", "", [Indices([300], 70), Uniform([70, 130])], t => Ops.Embedding(t[0], t[1])),
        new("Gather", "", [Uniform([20000, 5]), Indices([20000], 5)], t => Ops.Gather(t[0], t[1])),
    ];

    // Rows and buffers of whole vectors: what goes one too far finds no padding.
    private static IEnumerable<OpCase> Whole =>
    [
        new("Gelu", "", [Uniform([4, 32])], t => Ops.Gelu(t[0])),
        new("Affine", "", [Uniform([4, 32])], t => Ops.Affine(t[0], -1f, 2f)),
        new("Add", "", [Uniform([4, 32]), Uniform([4, 32])], t => Ops.Add(t[0], t[1])),
        new("Add@rows", "", [Uniform([4, 32]), Uniform([32])], t => Ops.Add(t[0], t[1])),
        new("Sum", "", [Uniform([4, 32])], t => Ops.Sum(t[0], [1])),
        new("Sum@first", "", [Uniform([4, 32])], t => Ops.Sum(t[0], [0])),
        new("Max", "", [Distinct([4, 32])], t => Ops.Max(t[0], 1)),
        new("Softmax", "", [Uniform([4, 32])], t => Ops.Softmax(t[0])),
        new("LogSoftmax", "", [Uniform([4, 32])], t => Ops.LogSoftmax(t[0])),
        new("LayerNorm", "", [Uniform([4, 32]), Positive([32]), Uniform([32])], t => Ops.LayerNorm(t[0], t[1], t[2])),
        new("GroupNorm", "", [Uniform([2, 4, 4, 32]), Positive([32]), Uniform([32])], t => Ops.GroupNorm(t[0], t[1], t[2], 2)),
        new("Linear", "", [Uniform([48, 64]), Uniform([96, 64]), Uniform([96]), Uniform([48, 96])], t => Ops.Linear(t[0], t[1], t[2], Activation.Gelu, t[3])),
        new("Linear@one", "", [Uniform([1, 64]), Uniform([96, 64]), Uniform([96])], t => Ops.Linear(t[0], t[1], t[2])),
        new("Conv2d", "", [Uniform([1, 16, 16, 32]), Uniform([32, 32, 3, 3]), Uniform([32])], t => Ops.Conv2d(t[0], t[1], t[2], padding: 1)),
        new("Conv2d@thin", "", [Uniform([1, 16, 16, 1]), Uniform([32, 1, 3, 3]), Uniform([32])], t => Ops.Conv2d(t[0], t[1], t[2], padding: 1)),
        new("Attention", "", [Uniform([1, 64, 64]), Uniform([1, 96, 64]), Uniform([1, 96, 64])], t => Ops.Attention(t[0], t[1], t[2], 2)),
        new("WindowAttention", "", [Uniform([1, 8, 8, 192]), Uniform([49, 2])], t => Ops.WindowAttention(t[0], t[1], 4, 2, 2)),
        new("DeformableAttention", "",
            [Uniform([1, 80, 2, 32]), Uniform([1, 16, 2, 2, 4, 2], 0f, 1f), Uniform([1, 16, 2, 2, 4])],
            t => Ops.DeformableAttention(t[0], [(8, 8), (4, 4)], t[1], t[2])),
        new("InterpolateBilinear", "", [Uniform([1, 8, 8, 32])], t => Ops.InterpolateBilinear(t[0], 16, 16)),
        new("GridSample", "", [Uniform([1, 8, 8, 32]), Uniform([1, 4, 4, 2])], t => Ops.GridSample(t[0], t[1])),
        new("MaxPool2d", "", [Uniform([1, 8, 8, 32])], t => Ops.MaxPool2d(t[0], 2, 2)),
        new("Permute", "", [Uniform([16, 32, 64])], t => Ops.Permute(t[0], 2, 0, 1)),
        new("Embedding", "", [Indices([32], 16), Uniform([16, 32])], t => Ops.Embedding(t[0], t[1])),
    ];

    private static ILookup<string, RecordedCall> Record()
    {
        using var device = new CpuDevice(CpuDevice.SupportedIsas.Max());
        var recorder = new CallRecorder(keepInputs: true);
        using (device.Observe(recorder))
        {
            foreach (OpCase c in OpCases.All.Concat(Larger).Concat(Whole))
                Differentiate(c, device);
            WithoutGradient(device);
        }
        return recorder.Calls.DistinctBy(CallLog.Signature).ToLookup(c => c.Name);
    }

    private static void Differentiate(OpCase c, CpuDevice device)
    {
        using var scope = new TensorScope();
        using var tape = new GradientTape();
        Tensor[] inputs = c.MakeInputs(device);
        for (int i = 0; i < inputs.Length; i++)
            inputs[i].RequiresGrad = c.Inputs[i].Differentiable;
        Tensor y = c.Run(inputs);
        using Gradients gradients = tape.Backward([(y, Uniform(y.Shape).Make(new Random(1), device))]);
    }

    private static void WithoutGradient(CpuDevice device)
    {
        using var scope = new TensorScope();
        var random = new Random(1);
        foreach ((int batch, int queries, int height, int width) in new[] { (2, 5, 3, 4), (1, 32, 16, 16), (1, 70, 19, 21) })
        {
            Tensor features = Uniform([batch, height * width, 20]).Make(random, device);
            Tensor rows = Uniform([height, 13]).Make(random, device), columns = Uniform([width, 13]).Make(random, device);
            Tensor latents = Uniform([batch, queries, 33]).Make(random, device);
            Ops.GridAttention(latents, features, rows, columns, 0.2f);
            Ops.GridQueryAttention(
                features, rows, columns, latents, Uniform([batch, queries]).Make(random, device), Uniform([batch, queries, 17]).Make(random, device), 0.2f);
        }
        foreach (int count in new[] { 5, 37, 128, 70_003 })
        {
            Tensor x = Uniform([count]).Make(random, device), gradient = Uniform([count]).Make(random, device);
            Ops.LessThan(x, 0.25f);
            Ops.FirstNonFinite(x);
            GradientClipping.GlobalNorm([x, gradient]);
            using var optimizer = new AdamW();
            optimizer.Update([("x", x, gradient)]);
        }
    }
}
