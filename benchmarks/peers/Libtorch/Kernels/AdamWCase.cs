using System.Diagnostics;
using SspNative.Lab.Workloads;
using static TorchSharp.torch;

namespace SspNative.Peers.Libtorch.Kernels;

/// <summary>One AdamW step of one tensor.</summary>
internal sealed class AdamWCase : IPeerCase
{
    private readonly Tensor _parameter;
    private readonly Tensor _gradient;
    private readonly FusedAdamW _optimizer;

    public AdamWCase(BenchCase work)
    {
        if (work.Pass == Pass.Backward)
            throw new UnsupportedCaseException("an optimiser's step has no backward");
        _parameter = randn(work.Sizes["count"]);
        _gradient = randn(work.Sizes["count"]);
        _optimizer = new FusedAdamW([_parameter]);
    }

    public double Run()
    {
        long start = Stopwatch.GetTimestamp();
        _optimizer.Step([_gradient]);
        return Stopwatch.GetElapsedTime(start).TotalSeconds;
    }

    public void Dispose()
    {
        _optimizer.Dispose();
        _parameter.Dispose();
        _gradient.Dispose();
    }
}
