using SspNative.Lab.Catalogue;
using SspNative.Lab.Workloads;

namespace SspNative.Lab.Benchmarking;

/// <summary>Makes the engine ready to execute a kernel case.</summary>
public static class KernelWork
{
    /// <summary>What a case costs: the sum of what the kernels of its timed part cost.</summary>
    /// <exception cref="InputException">The kind is unknown, has no backward pass, or a size it needs is missing.</exception>
    public static Cost Count(WorkCase work)
    {
        using var device = new CountingDevice();
        using Work counted = Prepare(work, device);
        counted.Begin();
        Cost before = device.Cost;
        counted.Execute();
        Cost after = device.Cost;
        counted.End();
        return new Cost(after.Flops - before.Flops, after.BytesRead - before.BytesRead, after.BytesWritten - before.BytesWritten);
    }

    /// <summary>The work of a case on a device, its inputs made.</summary>
    /// <exception cref="InputException">The kind is unknown, has no backward pass, or a size it needs is missing.</exception>
    public static Work Prepare(WorkCase work, IDevice device) => OpCatalogue.Benchmarks.TryGetValue(work.Kind, out Benchmark? benchmark)
        ? benchmark.Prepare(work, device)
        : throw new InputException($"{work.Name}: there is no kernel of the kind {work.Kind}");
}
