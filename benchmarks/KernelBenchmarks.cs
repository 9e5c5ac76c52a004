using BenchmarkDotNet.Attributes;
using SspNative.Kernels.Cpu;
using SspNative.Lab.Benchmarking;
using SspNative.Lab.Workloads;

namespace SspNative.Benchmarks;

/// <summary>
/// The cases of <c>ssp bench kernels</c>, every kernel forward and backward at the model's shapes and odd ones. A backward pass is timed without its
/// forward.
/// </summary>
[InvocationCount(1)]
public class KernelBenchmarks
{
    private BenchRun _work = null!;

    [ParamsSource(nameof(Names))]
    public string Case { get; set; } = "";

    public static IEnumerable<string> Names => KernelCases.All.Select(w => w.Name);

    [GlobalSetup]
    public void Setup() => _work = KernelCases.Prepare(KernelCases.All.Single(w => w.Name == Case), CpuDevice.Default);

    [GlobalCleanup]
    public void Cleanup() => _work.Dispose();

    [IterationSetup]
    public void Begin() => _work.Begin();

    [Benchmark]
    public void Execute() => _work.Execute();

    [IterationCleanup]
    public void End() => _work.End();
}
