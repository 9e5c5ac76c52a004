using SspNative.Engine;
using SspNative.Kernels.Cpu;
using SspNative.Model.Decoder;
using SspNative.Model.Media;
using SspNative.Model.Networks;
using Xunit;

namespace SspNative.Tests.Networks;

public class MaskPostprocessorTests
{
    private const int Size = 8;

    // Three queries over three classes and the null class: two see the left half as different classes, neither of which beats the background alone.
    private static SegmentedMask Label(bool union)
    {
        using var device = new CpuDevice(CpuIsa.Portable);
        using var scope = new TensorScope();
        float[] classes = [0, 5, -9, -9, 0, -9, 5, -9, 5.5f, -9, -9, -9], masks = new float[3 * Size * Size];
        for (int i = 0; i < Size * Size; i++)
            (masks[i], masks[Size * Size + i], masks[2 * Size * Size + i]) = i % Size < Size / 2 ? (1f, 1f, 1.2f) : (-20f, -20f, 20f);
        var prediction = new QueryPrediction(Tensor.FromArray(classes, [1, 3, 4], device), Tensor.FromArray(masks, [1, 3, Size, Size], device));
        return MaskPostprocessor.Label(prediction, Size, Size, Size, union);
    }

    [Fact]
    public void TheUnionOfClassesIsWhatSounds()
    {
        (LabelMap each, _) = Label(union: false);
        (LabelMap all, float[] confidence) = Label(union: true);
        Assert.All(each.Labels, label => Assert.Equal(0, label));
        for (int i = 0; i < all.Labels.Length; i++)
            Assert.Equal(i % Size < Size / 2 ? 1 : 0, all.Labels[i]);
        Assert.All(confidence, c => Assert.InRange(c, 0.5f, 1f));
    }

    [Fact]
    public void TheBestOfManyClassesWinsAndTheFirstOfEquals()
    {
        // Every query sees a column as a class of its own, but the last one sees it as two equal classes.
        const int classes = 20;
        int[] winners = [0, 3, 6, 9, 12, 15, 18, 2];
        using var device = new CpuDevice(CpuIsa.Portable);
        using var scope = new TensorScope();
        float[] logits = new float[Size * (classes + 1)], masks = new float[Size * Size * Size];
        Array.Fill(masks, -20f);
        for (int q = 0; q < Size; q++)
        {
            logits[q * (classes + 1) + winners[q]] = 5;
            for (int y = 0; y < Size; y++)
                masks[(q * Size + y) * Size + q] = 20;
        }
        logits[(Size - 1) * (classes + 1) + 10] = 5;
        SegmentedMask found = MaskPostprocessor.Label(
            new QueryPrediction(Tensor.FromArray(logits, [1, Size, classes + 1], device), Tensor.FromArray(masks, [1, Size, Size, Size], device)),
            Size, Size, Size, union: false);
        float sum = classes - 1 + MathF.Exp(5);
        for (int i = 0; i < found.Labels.Labels.Length; i++)
        {
            Assert.Equal(winners[i % Size], found.Labels.Labels[i]);
            float share = i % Size < Size - 1 ? MathF.Exp(5) / sum : MathF.Exp(5) / (sum - 1 + MathF.Exp(5));
            Assert.Equal(share, found.Confidence[i], 1e-5f);
        }
    }

    [Fact]
    public void WhereNoClassHasAScoreNothingIsCertain()
    {
        using var device = new CpuDevice(CpuIsa.Portable);
        using var scope = new TensorScope();
        float[] masks = new float[Size * Size];
        Array.Fill(masks, -1000f);
        SegmentedMask found = MaskPostprocessor.Label(
            new QueryPrediction(Tensor.Zeros([1, 1, 3], device), Tensor.FromArray(masks, [1, 1, Size, Size], device)), Size, Size, Size, union: false);
        Assert.All(found.Labels.Labels, label => Assert.Equal(0, label));
        Assert.All(found.Confidence, c => Assert.Equal(0f, c));
    }
}
