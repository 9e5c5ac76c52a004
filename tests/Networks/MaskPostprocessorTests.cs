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
}
