using FsCheck.Xunit;
using SspNative.Engine;
using SspNative.Lab.Ablation.Claims;
using SspNative.Model.Decoder;
using SspNative.Model.Losses;
using SspNative.Tests.Losses;
using SspNative.Tests.Support;
using Xunit;

namespace SspNative.Tests.Lab.Ablation.Claims;

/// <summary>What the post-mask predicts of pixels that sound and are still.</summary>
[LeakCheck]
public class PostMaskOptimumTests
{
    private const float Step = 0.02f;

    [Theory]
    [InlineData(1, 5.0 / 6)]
    [InlineData(5, 0.5)]
    [InlineData(10, 1.0 / 3)]
    [InlineData(20, 0.2)]
    public void TheLossIsLeastAtTheOptimum(float weight, double expected)
    {
        double optimum = PostMaskOptimum.Probability(weight);
        Assert.Equal(expected, optimum, 1e-12);
        Assert.True(Slope(weight, optimum - Step) < 0);
        Assert.Equal(0, Slope(weight, optimum), 1e-4);
        Assert.True(Slope(weight, optimum + Step) > 0);
    }

    [Property]
    public bool TheBestWeightFallsWithTheShareOfStillPixels(byte[] gains, byte share, byte more)
    {
        // Whatever a weight gains elsewhere: of still pixels it costs their share times 1 − p*.
        double[] gained = [.. gains.Take(21).Select(g => g / 255.0)];
        return gained.Length == 0 || Best(share / 255.0) >= Best(Math.Min(1, (share + more) / 255.0));

        int Best(double still) => Enumerable.Range(0, gained.Length).MaxBy(w => gained[w] - still * (1 - PostMaskOptimum.Probability(w)));
    }

    // The derivative of the loss in the logit of a mask that sounds everywhere and moves nowhere.
    private static double Slope(float weight, double probability)
    {
        using var scope = new TensorScope();
        using var tape = new GradientTape();
        const int pixels = Scene.Height * Scene.Width, targetPixels = Scene.TargetHeight * Scene.TargetWidth;
        float logit = (float)Math.Log(probability / (1 - probability));
        Tensor masks = Tensor.FromArray([.. Enumerable.Repeat(logit, pixels)], [1, 1, Scene.Height, Scene.Width], Scene.Device);
        masks.RequiresGrad = true;
        Tensor classes = Tensor.FromArray([0f, 0f], [1, 1, 2], Scene.Device);
        Tensor truth = Tensor.FromArray([.. Enumerable.Repeat(1f, targetPixels)], [1, Scene.TargetHeight, Scene.TargetWidth], Scene.Device);
        Tensor postMask = Tensor.Zeros([1, Scene.TargetHeight, Scene.TargetWidth], Scene.Device);
        var loss = new SspLoss(new CriterionConfig { NumPoints = 64, DiceWeight = 0 }) { PostMaskWeight = weight };
        SspLossParts parts = loss.Forward([new QueryPrediction(classes, masks)], [new MaskTargets([0], truth)], [postMask], new InnerPoints());
        using Gradients gradients = tape.Backward(parts.Total);
        return gradients[masks].ToArray().Sum();
    }

    // Near the border pixels fade into nothing.
    private sealed class InnerPoints : IPointSource
    {
        private readonly SplitMixPoints _points = new(1);

        public void Fill(Span<float> coordinates)
        {
            _points.Fill(coordinates);
            foreach (ref float c in coordinates)
                c = 0.25f + c / 2;
        }
    }
}
