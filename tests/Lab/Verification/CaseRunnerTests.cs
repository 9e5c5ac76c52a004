using SspNative.Engine;
using SspNative.Engine.Nn;
using SspNative.Kernels;
using SspNative.Lab.References;
using SspNative.Lab.Verification;
using SspNative.Tests.Lab.References;
using SspNative.Tests.Support;
using Xunit;

namespace SspNative.Tests.Lab.Verification;

[LeakCheck]
public sealed class CaseRunnerTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    private static readonly ModuleRegistry _modules = new(new Dictionary<string, ReferenceModule>
    {
        ["test.copy"] = context => Outputs(("y", context.Input("x"))),
        ["test.nothing"] = _ => Outputs(),
        ["test.square"] = context => Outputs(("y", Square(context.Input("x")))),
        ["test.loss"] = context => Outputs(("total", Square(context.Input("x")))),
        ["test.throws"] = _ => throw new ArgumentException("the shapes\ndo not fit"),
    });

    [Fact]
    public void AnEqualOutputIsAsGoodAsPyTorch()
    {
        CaseResult result = Run(CaseFile.Copy());
        Assert.True(result.Passed);
        Assert.Equal(JudgementLevel.AsGoodAsPyTorch, result.Level);
        Assert.Equal(0.0, result.Worst!.Error);
    }

    [Theory]
    [InlineData(1e-7, 5e-7, JudgementLevel.AsGoodAsPyTorch)] // under the floor
    [InlineData(1e-5, 2.9e-5, JudgementLevel.AsGoodAsPyTorch)]
    [InlineData(1e-5, 3.2e-5, JudgementLevel.Correct)]
    [InlineData(1e-7, 9e-5, JudgementLevel.Correct)]
    [InlineData(1e-7, 1.1e-4, JudgementLevel.Wrong)]
    public void TheLevelFollowsTheError(double torch, double ours, JudgementLevel expected)
    {
        Judgement judgement = Judgement.Compare("y", [1000f, (float)(1000 * (1 + ours * Math.Sqrt(2)))], [1000f, 1000f], torch);
        Assert.Equal(expected, judgement.Level);
        Assert.InRange(judgement.Ratio!.Value, 0.9 * ours / torch, 1.1 * ours / torch);
    }

    [Fact]
    public void ASmallReferenceIsJudgedAgainstTheFloor()
    {
        Assert.Equal(1e-3, Judgement.Compare("y", [1e-7f], [0f], null).Error!.Value, 1e-8);
        Assert.Equal(JudgementLevel.AsGoodAsPyTorch, Judgement.Compare("y", [1e-11f], [0f], null).Level);
    }

    [Fact]
    public void AWrongOutputFails()
    {
        CaseResult result = Run(CaseFile.Copy().Add("output.y", [3], 1f, 2f, 3.1f));
        Assert.False(result.Passed);
        Assert.Null(result.Failure);
        Assert.InRange(result.Worst!.Error!.Value, 0.01, 0.1);
    }

    [Fact]
    public void WhatCannotBeComparedFailsWithItsReason()
    {
        AssertFails(CaseFile.Copy().Add("output.y", [1, 3], 1f, 2f, 3f), "the shape is (3) instead of (1, 3)");
        AssertFails(CaseFile.Copy().Add("output.z", [1], 1f), "does not return it");
        AssertFails(CaseFile.Copy().Add("input.x", [3], 1f, float.NaN, 3f), "1 of 3 compared values are NaN or infinite");
        AssertFails(CaseFile.Copy().AddIntegers("output.y", [3], 1, 2, 3), "F32 instead of integers");
        AssertFails(CaseFile.Copy().AddIntegers("input.x", [3], 1, 2, 3), "I64 instead of F32");
    }

    [Fact]
    public void IntegersMustBeEqual()
    {
        CaseFile file = CaseFile.Copy().AddIntegers("input.x", [3], 1, 2, 3);
        Assert.True(Run(file.AddIntegers("output.y", [3], 1, 2, 3)).Passed);
        AssertFails(file.AddIntegers("output.y", [3], 1, 5, 3), "1 of 3 integers differ, the first, number 1, is 2 instead of 5");
    }

    [Fact]
    public void SamplesAreComparedAtTheirIndices()
    {
        CaseFile file = CaseFile.Copy().Without("output.y")
            .AddIntegers("output.y.index", [2], 2, 0).Add("output.y.value", [2], 3f, 1f).AddIntegers("output.y.shape", [1], 3);
        Assert.True(Run(file).Passed);
        Assert.False(Run(file.Add("output.y.value", [2], 1f, 3f)).Passed);
    }

    [Fact]
    public void GradientsAreJudged()
    {
        CaseFile file = CaseFile.Copy().With("module", "test.square")
            .Add("output.y", [3], 1f, 4f, 9f).Add("cotangent.y", [3], 1f, 10f, 100f).Add("grad.x", [3], 2f, 40f, 600f);
        CaseResult right = Run(file);
        Assert.True(right.Passed, right.Worst?.ToString());
        Assert.Equal(["y", "grad.x"], right.Judgements.Select(j => j.Name));
        Assert.False(Run(file.Add("grad.x", [3], 2f, 40f, 601f)).Passed);
    }

    [Fact]
    public void SampledGradientsNeedNoShape()
    {
        CaseFile file = CaseFile.Copy().With("module", "test.square").Add("output.y", [3], 1f, 4f, 9f).Add("cotangent.y", [3], 1f, 10f, 100f)
            .AddIntegers("grad.x.index", [1], 2).Add("grad.x.value", [1], 600f);
        Assert.True(Run(file).Passed);
        AssertFails(file.AddIntegers("grad.x.index", [1], 3), "element 3 is expected");
    }

    [Fact]
    public void ProceduralCotangentsAreMadeFromTheirNames()
    {
        using var scope = new TensorScope();
        float[] u = NamedStream.Uniform("cotangent.y", [3], seed: 1, 0f, 1f, TestDevices.Shared).ToArray();
        CaseFile file = CaseFile.Copy().With("module", "test.square").With("cotangents", "procedural")
            .Add("output.y", [3], 1f, 4f, 9f).Add("grad.x", [3], 2 * u[0], 4 * u[1], 6 * u[2]);
        Assert.True(Run(file).Passed);
    }

    [Fact]
    public void WithoutCotangentsTheTotalLossIsDifferentiated()
    {
        CaseFile file = new CaseFile().With("module", "test.loss")
            .Add("input.x", [], 3f).Add("output.total", [], 9f).Add("grad.x", [], 6f);
        CaseResult result = Run(file);
        Assert.True(result.Passed, result.Worst?.ToString());
    }

    [Fact]
    public void AGradientThatNeverArrivesIsZero()
    {
        CaseFile file = CaseFile.Copy().With("module", "test.square").Add("input.unused", [2], 1f, 1f)
            .Add("output.y", [3], 1f, 4f, 9f).Add("cotangent.y", [3], 1f, 1f, 1f).Add("grad.x", [3], 2f, 4f, 6f);
        Assert.True(Run(file.Add("grad.unused", [2], 0f, 0f)).Passed);
        AssertFails(file.Add("grad.unused", [2], 0f, 1f), "no gradient reached it");
    }

    [Fact]
    public void GradientsOfAMissingOutputFail()
    {
        CaseFile file = CaseFile.Copy().With("module", "test.nothing").Add("cotangent.y", [3], 1f, 1f, 1f).Add("grad.x", [3], 1f, 1f, 1f);
        Assert.All(Run(file).Judgements, j => Assert.Equal(JudgementLevel.Wrong, j.Level));
    }

    [Fact]
    public void WhatCannotBeRunFailsOnOneLine()
    {
        Assert.Contains("no module test.unknown", Run(CaseFile.Copy().With("module", "test.unknown")).Failure);
        Assert.Equal("ArgumentException: the shapes do not fit", Run(CaseFile.Copy().With("module", "test.throws")).Failure);
        Assert.Contains("no seed", Run(CaseFile.Copy().Without("seed")).Failure);
        Assert.Contains("none.safetensors", CaseRunner.Run(_folder["none.safetensors"], TestDevices.Shared, _modules).Failure);
    }

    public void Dispose() => _folder.Dispose();

    private static IReadOnlyDictionary<string, Tensor> Outputs(params (string Name, Tensor Tensor)[] outputs) =>
        outputs.ToDictionary(o => o.Name, o => o.Tensor);

    // An op of the test's own, so that these tests need no kernels.
    private static Tensor Square(Tensor x)
    {
        float[] values = x.ToArray();
        Tensor y = Tensor.FromArray(Array.ConvertAll(values, v => v * v), x.Shape, x.Device);
        return GradientTape.Record("square", y, [x], g =>
        {
            float[] dy = g.Dy.ToArray();
            g.Add(0, Tensor.FromArray(values.Select((v, i) => 2 * v * dy[i]).ToArray(), x.Shape, x.Device));
        }, x);
    }

    private CaseResult Run(CaseFile file)
    {
        IDevice device = TestDevices.Shared;
        int live = device.LiveBuffers;
        CaseResult result = CaseRunner.Run(file.Write(_folder["case.safetensors"]), device, _modules);
        Assert.Equal(live, device.LiveBuffers);
        return result;
    }

    private void AssertFails(CaseFile file, string reason)
    {
        CaseResult result = Run(file);
        Assert.False(result.Passed);
        Assert.Contains(reason, result.Worst!.Reason);
    }
}
