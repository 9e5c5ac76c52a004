using SspNative.Engine;
using SspNative.Kernels;
using SspNative.Lab.Catalogue;
using Xunit;
using static SspNative.Lab.Catalogue.OpInput;

namespace SspNative.Gpu.Tests;

/// <summary>
/// Attentions and their gradients of shapes that the table of operations lacks: channels on either side of what a group of threads holds at once, several
/// tiles and blocks, masks of every kind. They are those of the CPU, and have the same bits at every run.
/// </summary>
[Trait("speed", "slow")]
public sealed class AttentionTests : GpuTest
{
    private const int Runs = 3;

    // Of the largest number of a result: sums have another order.
    private const double Tolerance = 1e-5;

    [SkippableTheory]
    [InlineData(1, 1, 1, 1, 1, 1, AttentionMask.None)]
    [InlineData(2, 3, 70, 150, 32, 32, AttentionMask.None)]
    [InlineData(1, 2, 130, 97, 32, 16, AttentionMask.Full)]
    [InlineData(3, 2, 65, 33, 36, 64, AttentionMask.Keys)]
    [InlineData(2, 2, 100, 129, 64, 64, AttentionMask.Full)]
    [InlineData(1, 2, 40, 70, 61, 33, AttentionMask.None)]
    [InlineData(1, 2, 70, 65, 96, 96, AttentionMask.None)]
    [InlineData(1, 1, 33, 40, 128, 128, AttentionMask.Full)]
    [InlineData(1, 2, 70, 700, 32, 32, AttentionMask.Full)]
    [InlineData(2, 1, 20, 1000, 20, 15, AttentionMask.None)]
    [InlineData(3, 1, 20, 45, 161, 131, AttentionMask.Keys)]
    public void AttentionIsThatOfTheCpu(int batch, int heads, int queries, int keys, int dimQk, int dimV, AttentionMask mask)
    {
        OpInput[] inputs =
            [Uniform([batch, queries, heads * dimQk], -2, 2), Uniform([batch, keys, heads * dimQk], -2, 2), Uniform([batch, keys, heads * dimV])];
        if (mask != AttentionMask.None)
            inputs = [.. inputs, Blocked(mask == AttentionMask.Keys ? new Shape(batch, keys) : new Shape(batch, queries, keys), keys)];
        ResultsAreThoseOfTheCpu(inputs, t => Ops.Attention(t[0], t[1], t[2], heads, t.Length > 3 ? t[3] : null));
    }

    [SkippableTheory]
    [InlineData(2, 14, 21, 3, 32, 7, 3)]
    [InlineData(1, 24, 24, 4, 32, 12, 6)]
    [InlineData(1, 24, 36, 2, 64, 12, 0)]
    [InlineData(1, 14, 14, 2, 70, 7, 3)]
    [InlineData(2, 8, 8, 300, 3, 4, 2)]
    [InlineData(1, 72, 72, 4, 8, 4, 2)]
    public void WindowAttentionIsThatOfTheCpu(int batch, int height, int width, int heads, int dim, int window, int shift)
    {
        int side = 2 * window - 1;
        ResultsAreThoseOfTheCpu([Uniform([batch, height, width, 3 * heads * dim], -2, 2), Uniform([side * side, heads])],
            t => Ops.WindowAttention(t[0], t[1], window, shift, heads));
    }

    [SkippableTheory]
    [InlineData(2, 70, 19, 70, 64, 30)]
    [InlineData(1, 130, 40, 33, 72, 17)]
    [InlineData(1, 3, 5, 1, 3, 40)]
    public void AttentionToAGridIsThatOfTheCpu(int batch, int queries, int height, int width, int channels, int positions) =>
        ResultsAreThoseOfTheCpu([
                Uniform([batch, queries, channels + positions], -2, 2).Constant(), Uniform([batch, height * width, channels]).Constant(),
                Uniform([height, positions]).Constant(), Uniform([width, positions]).Constant(),
            ],
            t => Ops.GridKeyAttention(t[0], t[1], t[2], t[3], 0.5f));

    [SkippableTheory]
    [InlineData(2, 70, 19, 35, 64, 30, 64)]
    [InlineData(1, 33, 9, 40, 72, 17, 132)]
    [InlineData(1, 3, 5, 1, 3, 40, 5)]
    public void AttentionOfAGridIsThatOfTheCpu(int batch, int keys, int height, int width, int channels, int positions, int dimV) =>
        ResultsAreThoseOfTheCpu([
                Uniform([batch, height * width, channels]).Constant(), Uniform([height, positions]).Constant(), Uniform([width, positions]).Constant(),
                Uniform([batch, keys, channels + positions], -2, 2).Constant(), Uniform([batch, keys]).Constant(), Uniform([batch, keys, dimV]).Constant(),
            ],
            t => Ops.GridQueryAttention(t[0], t[1], t[2], t[3], t[4], t[5], 0.5f));

    // About a third of the keys of a row; of the last row all, which blocks none, and of the first all but the last.
    private static OpInput Blocked(Shape shape, int keys) => new(
        (random, device) =>
        {
            var bytes = new byte[shape.Count];
            for (int i = 0; i < bytes.Length; i++)
                bytes[i] = i >= bytes.Length - keys || i < keys - 1 || random.Next(3) == 0 ? (byte)1 : (byte)0;
            bytes[keys - 1] = 0;
            return Tensor.FromArray(bytes, shape, device);
        },
        Differentiable: false);

    private static void ResultsAreThoseOfTheCpu(OpInput[] inputs, Func<Tensor[], Tensor> run)
    {
        float[][] expected = Results(inputs, run, Cpu), first = Results(inputs, run, Gpu);
        for (int i = 0; i < expected.Length; i++)
        {
            double largest = expected[i].Max(x => Math.Abs((double)x)), error = expected[i].Zip(first[i], (x, y) => Math.Abs((double)x - y)).Max();
            Assert.True(error <= Tolerance * largest, $"{Name(i)} is off by {error:0.0e+0}, and its largest number is {largest:0.0e+0}");
        }
        for (int time = 1; time < Runs; time++)
        {
            float[][] again = Results(inputs, run, Gpu);
            for (int i = 0; i < expected.Length; i++)
                Assert.True(first[i].AsSpan().SequenceEqual(again[i]), $"{Name(i)} differs from run to run");
        }

        static string Name(int i) => i == 0 ? "the result" : $"the gradient of input {i - 1}";
    }

    // The result, then the gradients of the inputs that have one.
    private static float[][] Results(OpInput[] made, Func<Tensor[], Tensor> run, IDevice device)
    {
        using var scope = new TensorScope();
        using var tape = new GradientTape();
        var random = new Random(1);
        Tensor[] inputs = [.. made.Select(input => input.Make(random, device))];
        for (int i = 0; i < inputs.Length; i++)
            inputs[i].RequiresGrad = made[i].Differentiable;
        Tensor y = run(inputs);
        Tensor[] differentiable = [.. inputs.Where(x => x.RequiresGrad)];
        if (differentiable.Length == 0)
            return [y.ToArray()];
        using Gradients gradients = tape.Backward([(y, Uniform(y.Shape).Make(new Random(1), device))]);
        return [y.ToArray(), .. differentiable.Select(x => gradients[x].ToArray())];
    }
}
