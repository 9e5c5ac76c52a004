using SspNative.Engine;
using SspNative.Engine.Distributed;
using SspNative.Engine.Optim;
using SspNative.Kernels;
using Xunit;

namespace SspNative.Gpu.Tests;

/// <summary>Clipping and AdamW over many tensors at once.</summary>
public sealed class OptimTests : GpuTest
{
    // Of one piece and of several, no multiple of four, empty.
    private static readonly int[] _sizes = [.. Enumerable.Range(0, 60).Select(i => i * i), 4096, 4097, 70_003, 0, 1];

    [SkippableFact]
    public void ManyTensorsTogetherAreUpdatedAsEachAloneAndAsOnTheCpu()
    {
        float[][] together = Train(Gpu, all: true);
        Assert.Equal(Train(Cpu, all: true), together);
        Assert.Equal(Train(Gpu, all: false), together);
    }

    [SkippableFact]
    public void TheNormIsTheSameTogetherAndAlone()
    {
        using var scope = new TensorScope();
        Tensor[] gradients = [.. _sizes.Select((n, i) => Random(n, i, Gpu))];
        double alone = Math.Sqrt(gradients.Sum(g => Math.Pow(GradientClipping.GlobalNorm([g]), 2)));
        double together = GradientClipping.GlobalNorm(gradients), onCpu = GradientClipping.GlobalNorm(_sizes.Select((n, i) => Random(n, i, Cpu)));
        Assert.Equal(alone, together, 1e-12 * alone);
        Assert.Equal(onCpu, together, 1e-12 * onCpu);
        Assert.Equal(together, GradientClipping.GlobalNorm(gradients));
    }

    /// <summary>Ranks have blocks of a gradient each, and add up what all have.</summary>
    [SkippableFact]
    public void TheNormOfSlicesIsThatOfTheWhole()
    {
        using var scope = new TensorScope();
        Tensor[] parameters = [.. _sizes.Select(n => Tensor.Zeros([n], Gpu))], gradients = [.. _sizes.Select((n, i) => Random(n, i, Gpu))];
        using var sliced = new SlicedGradients(SingleProcess.Instance, parameters.Select((p, i) => ($"p{i}", p)));
        sliced.Begin(1);
        for (int p = 0; p < parameters.Length; p++)
            sliced.Send(parameters[p], gradients[p]);
        sliced.EndRound();
        Assert.Equal(GradientClipping.GlobalNorm(gradients), sliced.Norm());
    }

    [SkippableFact]
    public void AStepTakesAHandfulOfKernels()
    {
        using var scope = new TensorScope();
        using var optimizer = new AdamW();
        (string, Tensor, Tensor)[] parameters = [.. _sizes.Select((n, i) => ($"p{i}", Random(n, i, Gpu), Random(n, i + 1, Gpu)))];
        // The first step makes the moments.
        optimizer.Update(parameters);
        long before = Gpu.KernelsRun;
        int live = Gpu.LiveBuffers;
        optimizer.Update(parameters, GradientClipping.Scale(GradientClipping.GlobalNorm(parameters.Select(p => p.Item3)), 0.01));
        Assert.InRange(Gpu.KernelsRun - before, 3, 6);
        Assert.Equal(live, Gpu.LiveBuffers);
    }

    private static float[][] Train(IDevice device, bool all)
    {
        using var scope = new TensorScope();
        Tensor[] parameters = [.. _sizes.Select((n, i) => Random(n, i, device))];
        AdamW[] optimizers = [.. _sizes.Select(_ => new AdamW { LearningRate = 1e-2f })];
        for (int step = 0; step < 3; step++)
        {
            (string, Tensor, Tensor)[] changed = [.. parameters.Select((p, i) => ($"p{i}", p, Random((int)p.Count, 100 * step + i, device)))];
            if (all)
                optimizers[0].Update(changed, 0.5f);
            else
                for (int i = 0; i < changed.Length; i++)
                    optimizers[i].Update([changed[i]], 0.5f);
        }
        float[][] moments = [.. optimizers.SelectMany(o => o.Moments.Values).SelectMany(m => new[] { m.M.ToArray(), m.V.ToArray() })];
        foreach (AdamW optimizer in optimizers)
            optimizer.Dispose();
        return [.. parameters.Select(p => p.ToArray()), .. moments];
    }

    private static Tensor Random(int count, int seed, IDevice device)
    {
        var random = new Random(seed);
        return Tensor.FromArray([.. Enumerable.Range(0, count).Select(_ => 2 * random.NextSingle() - 1)], [count], device);
    }
}
