using System.Text.Json;
using SspNative.Engine.Optim;
using SspNative.Lab.References;
using static SspNative.Lab.Catalogue.OpInput;
using static SspNative.Lab.Workloads.BenchInput;

namespace SspNative.Lab.Catalogue;

internal static partial class OpCatalogue
{
    private const int AdamWSteps = 3;

    /// <summary>p ← p·(1 − lr·decay) − lr·m̂ / (√v̂ + ε), m and v being running means of g and g².</summary>
    private static OpEntry AdamW => new("adamw")
    {
        Cases = [.. new[] { 0, 1, 5, 37, 128 }.Select(AdamWCase)],
        Larger = [AdamWCase(70_003), ManyCase],
        Mistakes =
        [
            new("adamw@shapes", "p: parameter and gradient differ in shape", [Uniform([3]), Uniform([4])], t =>
            {
                using var optimizer = new AdamW();
                optimizer.Update([("p", t[0], t[1])]);
                return t[0];
            }),
        ],
        References = { ["optimizer.adamw"] = AdamWTrace },
        WithoutGradient = "it is an update, of gradients",
        Benchmarks =
        [
            new("adamw", "count")
            {
                Inputs = n => [Random(n("count")), Random(n("count"))],
                HasBackward = false,
                Stateful = t =>
                {
                    var optimizer = new AdamW();
                    return (() => optimizer.Update([("parameter", t[0], t[1])]), optimizer);
                },
                Cases = [new("16M", 1 << 24)],
            },
        ],
    };

    // Parameters of several sizes by one step; what comes out is one of them.
    private static OpCase ManyCase => new(
        "AdamW@many", [.. new[] { 1, 0, 37, 5000, 37, 16_385 }.SelectMany(n => new[] { Uniform([n]).Constant(), Uniform([n]).Constant() })],
        t =>
        {
            using var optimizer = new AdamW();
            Tensor[] parameters = [.. Enumerable.Range(0, t.Length / 2).Select(i => Ops.Affine(t[2 * i], 1f, 0f))];
            for (int step = 0; step < AdamWSteps; step++)
                optimizer.Update(parameters.Select((p, i) => ($"p{i}", p, t[2 * i + 1])));
            return parameters[^1];
        },
        x => AfterSteps(x[^2], x[^1]));

    // Steps of one gradient at usual settings.
    private static OpCase AdamWCase(int count) => new(
        $"AdamW@{count}", [Uniform([count]).Constant(), Uniform([count]).Constant()],
        t =>
        {
            using var optimizer = new AdamW();
            Tensor parameter = Ops.Affine(t[0], 1f, 0f);
            for (int step = 0; step < AdamWSteps; step++)
                optimizer.Update([("p", parameter, t[1])]);
            return parameter;
        },
        x => AfterSteps(x[0], x[1]));

    private static DoubleTensor AfterSteps(DoubleTensor parameter, DoubleTensor gradient) => DoubleTensor.Zip(parameter, gradient, (p, g) =>
    {
        const double lr = 1e-3, decay = 0.05, beta1 = 0.9, beta2 = 0.999, epsilon = 1e-8;
        double m = 0, v = 0;
        for (int step = 1; step <= AdamWSteps; step++)
        {
            m = beta1 * m + (1 - beta1) * g;
            v = beta2 * v + (1 - beta2) * g * g;
            p = p * (1 - lr * decay) - lr * m / (1 - Math.Pow(beta1, step)) / (Math.Sqrt(v / (1 - Math.Pow(beta2, step))) + epsilon);
        }
        return p;
    });

    // Parameters after each step, from gradients that the case gives.
    private static Dictionary<string, Tensor> AdamWTrace(ReferenceContext context)
    {
        JsonElement betas = context.Config.GetProperty("betas");
        using var optimizer = new AdamW
        {
            LearningRate = context.Float("lr", 1e-3f),
            WeightDecay = context.Float("weight_decay", 0f),
            Beta1 = betas[0].GetSingle(),
            Beta2 = betas[1].GetSingle(),
            Epsilon = context.Float("eps", 1e-8f),
        };
        var names = new List<string>();
        while (context.FindInput($"param{names.Count}") is not null)
            names.Add($"param{names.Count}");
        Tensor[] parameters = [.. names.Select(n => Ops.Affine(context.Input(n), 1f, 0f))];
        var outputs = new Dictionary<string, Tensor>();
        for (int step = 0; step < context.Int("steps", 1); step++)
        {
            Tensor[] gradients = [.. names.Select((_, i) => context.Input($"grad{i}.step{step}"))];
            float scale = context.Config.TryGetProperty("clip_grad_norm", out JsonElement clip) && clip.ValueKind == JsonValueKind.Number
                ? GradientClipping.Scale(GradientClipping.GlobalNorm(gradients), clip.GetDouble())
                : 1f;
            optimizer.Update(names.Select((n, i) => (n, parameters[i], gradients[i])), scale);
            for (int i = 0; i < names.Count; i++)
                outputs[$"{names[i]}.step{step}"] = Ops.Affine(parameters[i], 1f, 0f);
        }
        return outputs;
    }
}
