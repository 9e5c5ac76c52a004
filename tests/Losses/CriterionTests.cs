using SspNative.Engine;
using SspNative.Kernels.Cpu;
using SspNative.Lab.References;
using SspNative.Lab.Verification;
using SspNative.Model.Decoder;
using SspNative.Model.Losses;
using SspNative.Tests.Kernels;
using SspNative.Tests.Support;
using Xunit;

namespace SspNative.Tests.Losses;

[LeakCheck]
public class CriterionTests
{
    private static readonly CriterionConfig _config = new() { NumPoints = 64 };

    [Theory]
    [MemberData(nameof(KernelData.Isas), MemberType = typeof(KernelData))]
    public void ValuesMatchesAndGradientsAreThoseOfTransformers(CpuIsa isa)
    {
        string path = Path.Combine(AppContext.BaseDirectory, "reference", "losses", "mask2former-criterion.safetensors");
        CaseResult result = CaseRunner.Run(path, new CpuDevice(isa));
        Assert.Null(result.Failure);
        Assert.Equal(JudgementLevel.AsGoodAsPyTorch, result.Level);
    }

    [Fact]
    public void WithoutAnyTargetOnlyTheClassesCount()
    {
        using var scope = new TensorScope();
        using var tape = new GradientTape();
        var scene = new Scene(4, 2, [0, 0], 3);
        QueryPrediction prediction = Trainable(scene.Prediction());
        MaskTargets[] targets = scene.Targets();
        SspLossParts loss = new SspLoss(_config).Forward([prediction], targets, [.. targets.Select(t => t.Masks)], new SplitMixPoints(1));
        PredictionLoss only = loss.Criterion.Predictions[0];
        Assert.Equal(0f, only.Mask.Item());
        Assert.Equal(0f, only.Dice.Item());
        Assert.Equal(0f, loss.PostMask!.Item());
        Assert.Equal(2 * only.CrossEntropy.Item(), loss.Total.Item());
        using Gradients gradients = tape.Backward(loss.Total);
        Assert.NotNull(gradients.Find(prediction.ClassLogits));
        Assert.Null(gradients.Find(prediction.MaskLogits));
    }

    [Fact]
    public void OnlyMatchedMasksReceiveAGradient()
    {
        using var scope = new TensorScope();
        using var tape = new GradientTape();
        var scene = new Scene(5, 3, [2, 0, 1], 8);
        QueryPrediction prediction = Trainable(scene.Prediction());
        CriterionLoss loss = new SetCriterion(_config).Forward([prediction], scene.Targets(), new SplitMixPoints(1));
        using Gradients gradients = tape.Backward(loss.Total);
        float[] masks = gradients[prediction.MaskLogits].ToArray();
        const int pixels = Scene.Height * Scene.Width;
        for (int image = 0; image < scene.Images; image++)
            for (int query = 0; query < scene.Queries; query++)
                Assert.Equal(
                    loss.Predictions[0].Matches[image].Queries.Contains(query),
                    masks.AsSpan((image * scene.Queries + query) * pixels, pixels).ContainsAnyExcept(0f));
    }

    [Fact]
    public void APostMaskEqualToTheGroundTruthWeighsMoreOnTheMaskLoss()
    {
        // With one query and one target the matching is given, whatever the weights.
        var scene = new Scene(1, 2, [1], 4);
        float[] through = MaskGradient(scene, (p, t) =>
            new SspLoss(_config).Forward([p], t, [.. t.Select(x => x.Masks)], new SplitMixPoints(5)).Total);
        float[] direct = MaskGradient(scene, (p, t) =>
            new SetCriterion(_config with { MaskWeight = 15 }).Forward([p], t, new SplitMixPoints(5)).Total);
        Assert.All(through.Zip(direct), pair => Assert.Equal(pair.Second, pair.First, 1e-6f));
    }

    [Fact]
    public void TheSeedAndNothingElseDecides()
    {
        int threads = CpuThreads.Count;
        try
        {
            var scene = new Scene(6, 3, [3, 0, 5], 11);
            CpuThreads.Count = 1;
            float[] one = MaskGradient(scene, Total);
            CpuThreads.Count = 4;
            Assert.Equal(one, MaskGradient(scene, Total));
            Assert.NotEqual(one, MaskGradient(scene, (p, t) => new SetCriterion(_config).Forward([p], t, new SplitMixPoints(22)).Total));
        }
        finally
        {
            CpuThreads.Count = threads;
        }

        static Tensor Total(QueryPrediction p, MaskTargets[] t) => new SetCriterion(_config).Forward([p], t, new SplitMixPoints(21)).Total;
    }

    [Fact]
    public void EverythingIsFreedAgain()
    {
        var device = TestDevices.Own();
        var classes = new float[2 * 3 * 3];
        using (var scope = new TensorScope())
        using (var tape = new GradientTape())
        {
            QueryPrediction prediction = Trainable(new QueryPrediction(
                Tensor.FromArray(classes, [2, 3, 3], device), Tensor.FromArray(new float[2 * 3 * 16], [2, 3, 4, 4], device)));
            MaskTargets[] targets = [new([0], Tensor.Full([1, 8, 8], 1f, device)), new([], Tensor.Zeros([0, 8, 8], device))];
            var loss = new SspLoss(_config);
            SspLossParts parts = loss.Forward([prediction, prediction], targets, [.. targets.Select(t => t.Masks)], new SplitMixPoints(1));
            tape.Backward(parts.Total).Dispose();
        }
        Assert.Equal(0, device.LiveBuffers);
    }

    [Fact]
    public void WhatDoesNotFitIsNamed()
    {
        using var scope = new TensorScope();
        var scene = new Scene(3, 2, [1, 2], 1);
        MaskTargets[] targets = scene.Targets();
        Assert.Contains("1 targets do not fit a batch of 2", Error([targets[0]]));
        Assert.Contains("image 1 has 1 targets, but its masks are", Error([targets[0], targets[1] with { Classes = [0] }]));
        Assert.Contains("class 2 of 2", Error([targets[0] with { Classes = [2] }, targets[1]]));
        Assert.Contains("image 0 has masks", Assert.Throws<ArgumentException>(() => new SspLoss(_config).Forward(
            [scene.Prediction()], targets, [targets[1].Masks, targets[1].Masks], new SplitMixPoints(1))).Message);

        string Error(MaskTargets[] wrong) => Assert.Throws<ArgumentException>(
            () => new SetCriterion(_config).Forward([scene.Prediction()], wrong, new SplitMixPoints(1))).Message;
    }

    private static float[] MaskGradient(Scene scene, Func<QueryPrediction, MaskTargets[], Tensor> loss)
    {
        using var scope = new TensorScope();
        using var tape = new GradientTape();
        QueryPrediction prediction = Trainable(scene.Prediction());
        using Gradients gradients = tape.Backward(loss(prediction, scene.Targets()));
        return gradients[prediction.MaskLogits].ToArray();
    }

    private static QueryPrediction Trainable(QueryPrediction prediction)
    {
        prediction.ClassLogits.RequiresGrad = true;
        prediction.MaskLogits.RequiresGrad = true;
        return prediction;
    }
}
