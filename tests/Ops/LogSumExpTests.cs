using SspNative.Engine;
using SspNative.Kernels.Cpu;
using SspNative.Tests.Support;
using Xunit;

namespace SspNative.Tests.Operations;

/// <summary>Attention that also gives the log-sum-exp of each row of scores, by which outputs over pieces of the keys are merged.</summary>
public sealed class LogSumExpTests : DeviceTest
{
    private const int Batch = 2, Heads = 3, Queries = 5, Keys = 37, Dim = 4;

    [Theory]
    [MemberData(nameof(Isas))]
    public void OutputAndLogSumExpAreThoseOfTheScores(CpuIsa isa)
    {
        using var scope = new TensorScope();
        // Scores of some hundreds: a sum of their exponentials itself would be infinite.
        float[] q = Values(1, Queries, 30), k = Values(2, Keys, 10), v = Values(3, Keys, 1);
        Tensor tq = Make(q, Queries, isa), tk = Make(k, Keys, isa), tv = Make(v, Keys, isa);
        (Tensor output, Tensor logSumExp) = Ops.AttentionWithLogSumExp(tq, tk, tv, Heads);
        Assert.Equal(Ops.Attention(tq, tk, tv, Heads).ToArray(), output.ToArray());
        float[] sums = logSumExp.ToArray();
        Assert.Equal(Batch * Heads * Queries, sums.Length);
        for (int b = 0; b < Batch; b++)
            for (int h = 0; h < Heads; h++)
                for (int i = 0; i < Queries; i++)
                {
                    double[] scores = [.. Enumerable.Range(0, Keys).Select(j => Score(b, h, i, j))];
                    double expected = scores.Max() + Math.Log(scores.Sum(s => Math.Exp(s - scores.Max())));
                    Assert.Equal(expected, sums[(b * Heads + h) * Queries + i], 1e-5 * Math.Max(1, scores.Max(Math.Abs)));
                }

        double Score(int b, int h, int i, int j) => Enumerable.Range(0, Dim).Sum(d =>
            (double)q[((b * Queries + i) * Heads + h) * Dim + d] * k[((b * Keys + j) * Heads + h) * Dim + d]) / Math.Sqrt(Dim);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(2)]
    public void UnderATapeItIsRefusedIfAnOperandNeedsAGradient(int operand)
    {
        using var scope = new TensorScope();
        using var tape = new GradientTape();
        CpuIsa isa = Device.Isa;
        Tensor[] inputs = [Make(Values(1, Queries, 1), Queries, isa), Make(Values(2, Keys, 1), Keys, isa), Make(Values(3, Keys, 1), Keys, isa)];
        Ops.AttentionWithLogSumExp(inputs[0], inputs[1], inputs[2], Heads);
        inputs[operand].RequiresGrad = true;
        Exception refused = Assert.Throws<InvalidOperationException>(() => Ops.AttentionWithLogSumExp(inputs[0], inputs[1], inputs[2], Heads));
        Assert.Contains("no gradient", refused.Message, StringComparison.Ordinal);
    }

    private static float[] Values(int seed, int tokens, float scale)
    {
        var random = new Random(seed);
        return [.. Enumerable.Range(0, Batch * tokens * Heads * Dim).Select(_ => scale * (2 * random.NextSingle() - 1))];
    }

    private Tensor Make(float[] values, int tokens, CpuIsa isa) => Tensor.FromArray(values, [Batch, tokens, Heads * Dim], On(isa));
}
