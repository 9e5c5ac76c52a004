using SspNative.Engine;
using SspNative.Engine.Diagnostics;
using SspNative.Engine.Nn;
using SspNative.Engine.Optim;
using SspNative.Model.Training;
using SspNative.Tests.Support;
using Xunit;

namespace SspNative.Tests.Optim;

public sealed class OptimTests : DeviceTest
{
    private const float Rate = 1e-2f, Decay = 0.1f, Beta1 = 0.8f, Beta2 = 0.95f, Epsilon = 1e-6f, GradientScale = 0.5f;

    [Fact]
    public void AdamWFollowsItsFormula()
    {
        using var scope = new TensorScope();
        using AdamW optimizer = Optimizer();
        Tensor[] parameters = [Uniform([5, 7], 1), Uniform([19], 2)];
        double[][] expected = [.. parameters.Select(p => Array.ConvertAll(p.ToArray(), v => (double)v))];
        double[][] m = [.. expected.Select(p => new double[p.Length])], v = [.. expected.Select(p => new double[p.Length])];
        for (int step = 1; step <= 5; step++)
        {
            Tensor[] gradients = [.. parameters.Select((p, i) => Uniform(p.Shape, 10 * step + i))];
            optimizer.Update(parameters.Select((p, i) => ($"p{i}", p, gradients[i])), GradientScale);
            for (int i = 0; i < parameters.Length; i++)
                NaiveStep(step, expected[i], gradients[i].ToArray(), m[i], v[i]);
        }
        Assert.Equal(5, optimizer.Step);
        for (int i = 0; i < parameters.Length; i++)
        {
            AssertClose(expected[i], parameters[i].ToArray());
            AssertClose(m[i], optimizer.Moments[$"p{i}"].M.ToArray());
            AssertClose(v[i], optimizer.Moments[$"p{i}"].V.ToArray());
        }
    }

    [Fact]
    public void ATrainingStepClipsAndUpdatesAllParametersByOneCallEach()
    {
        using TrainingModel model = TinyModel.Create(TinyModel.Binary, Device);
        using var trainer = new Trainer(model, new MadeClips(1), TinyModel.Options, TinyModel.Tokenizer);
        var recorder = new CallRecorder();
        using (Device.Observe(recorder))
            trainer.Step();
        RecordedCall update = Assert.Single(recorder.Calls, c => c.Name == "adamw"), norm = Assert.Single(recorder.Calls, c => c.Name == "sum_of_squares");
        Assert.Equal(4 * trainer.Moments.Count, update.Operands.Count);
        Assert.Equal(trainer.Moments.Count + 1, norm.Operands.Count);
    }

    [Fact]
    public void AModelsTrainableParametersAreUpdatedByTheirGradients()
    {
        using var store = new ParameterStore(new InitialWeights(1), Device);
        using var scope = new TensorScope();
        using AdamW optimizer = Optimizer(), byHand = Optimizer();
        Tensor used = store.Root.Get("used", [3], Init.Ones), frozen = store.Root.Get("frozen", [3], Init.Ones);
        Tensor unreached = store.Root.Get("unreached", [3], Init.Ones);
        store.Train(p => p.Name != "frozen");
        Tensor copy = Tensor.FromArray(used.ToArray(), used.Shape, Device);
        using var tape = new GradientTape();
        using Gradients gradients = tape.Backward(Ops.Sum(used * used * frozen));
        optimizer.Update(store, gradients, GradientScale);
        byHand.Update([("used", copy, gradients[used])], GradientScale);
        Assert.Equal(copy.ToArray(), used.ToArray());
        Assert.NotEqual([1f, 1f, 1f], used.ToArray());
        Assert.Equal([1f, 1f, 1f], frozen.ToArray());
        Assert.Equal([1f, 1f, 1f], unreached.ToArray());
        Assert.Equal(["used"], optimizer.Moments.Keys);
    }

    [Fact]
    public void ARestoredOptimizerContinuesWithTheSameBits()
    {
        using var scope = new TensorScope();
        Tensor straight = Uniform([37], 1), interrupted = Uniform([37], 1);
        using AdamW first = Optimizer(), second = Optimizer(), third = Optimizer();
        for (int step = 1; step <= 4; step++)
        {
            first.Update([("p", straight, Uniform([37], 100 + step))]);
            AdamW current = step <= 2 ? second : third;
            if (step == 3)
                third.Restore(second.Step, second.Moments.Select(p => (p.Key, Copy(p.Value.M), Copy(p.Value.V))));
            current.Update([("p", interrupted, Uniform([37], 100 + step))]);
        }
        Assert.Equal(straight.ToArray(), interrupted.ToArray());
        Assert.Equal(4, third.Step);
    }

    [Fact]
    public void AGradientOfAnotherShapeIsAnError()
    {
        using var scope = new TensorScope();
        using AdamW optimizer = Optimizer();
        Tensor parameter = Uniform([3], 1), gradient = Uniform([4], 1);
        string message = Assert.Throws<ArgumentException>(() => optimizer.Update([("layer.weight", parameter, gradient)])).Message;
        Assert.Equal("adamw: layer.weight: parameter and gradient differ in shape. Shapes: (3), (4)", message);
    }

    [Fact]
    public void TheGlobalNormIsThatOfAllGradientsTogether()
    {
        using var scope = new TensorScope();
        Tensor[] gradients = [Uniform([5, 7], 1), Uniform([], 2), Uniform([1001], 3)];
        double expected = Math.Sqrt(gradients.SelectMany(g => g.ToArray()).Sum(v => (double)v * v));
        Assert.Equal(expected, GradientClipping.GlobalNorm(gradients), 1e-6 * expected);
        Assert.Equal(0.0, GradientClipping.GlobalNorm([]));
    }

    [Theory]
    [InlineData(0.5, 1, 1)]
    [InlineData(1, 1, 0.999999)] // PyTorch's 1e-6 in the denominator
    [InlineData(4, 1, 0.25)]
    [InlineData(0, 1, 1)]
    public void ClippingScalesDownOnly(double norm, double maxNorm, double scale) =>
        Assert.Equal(scale, GradientClipping.Scale(norm, maxNorm), 1e-6);

    [Fact]
    public void SchedulesFollowTheirFormulas()
    {
        int[] milestones = [10, 20];
        Assert.Equal([1f, 0.1f, 0.1f, 0.01f], new[] { 9, 10, 19, 25 }.Select(s => LearningRateSchedule.MultiStep(1f, s, milestones)), Near);
        Assert.Equal([2f, 1.0718f, 0f, 0f], new[] { 0, 5, 10, 12 }.Select(s => LearningRateSchedule.Polynomial(2f, s, 10)), Near);
        Assert.Equal([0.25f, 0.5f, 1f, 1f], new[] { 0, 1, 3, 9 }.Select(s => LearningRateSchedule.Warmup(1f, s, 4)), Near);
        Assert.Equal([1f, 0.6f, 0.2f, 0.2f], new[] { 0, 5, 10, 12 }.Select(s => LearningRateSchedule.Cosine(1f, s, 10, 0.2f)), Near);
    }

    private static bool Near(float a, float b) => MathF.Abs(a - b) < 1e-4f;

    private static AdamW Optimizer() => new()
    {
        LearningRate = Rate,
        WeightDecay = Decay,
        Beta1 = Beta1,
        Beta2 = Beta2,
        Epsilon = Epsilon,
    };

    private static void NaiveStep(int step, double[] p, float[] gradient, double[] m, double[] v)
    {
        for (int i = 0; i < p.Length; i++)
        {
            double g = GradientScale * gradient[i];
            p[i] *= 1.0 - Rate * Decay;
            m[i] = Beta1 * m[i] + (1.0 - Beta1) * g;
            v[i] = Beta2 * v[i] + (1.0 - Beta2) * g * g;
            double mean = m[i] / (1 - Math.Pow(Beta1, step)), square = v[i] / (1 - Math.Pow(Beta2, step));
            p[i] -= Rate * mean / (Math.Sqrt(square) + Epsilon);
        }
    }

    private static void AssertClose(double[] expected, float[] actual) =>
        Assert.All(expected.Zip(actual), pair => Assert.InRange(Math.Abs(pair.First - pair.Second), 0, 1e-6));

    private static Tensor Copy(Tensor x) => Ops.Scale(x, 1f);
}
