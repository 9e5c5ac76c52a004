using SspNative.Lab.Catalogue;
using SspNative.Lab.Workloads;

namespace SspNative.Lab.Benchmarking;

/// <summary>
/// The cases that <c>ssp bench kernels</c> and the benchmark project measure, every kernel at the model's shapes and at odd ones, and cases written by
/// hand: <c>linear m=197 n=3072 k=768 backward</c>.
/// </summary>
public static class KernelCases
{
    private static readonly BenchKinds _kinds = new("kernel", OpCatalogue.Benchmarks.ToDictionary(b => b.Key, b => b.Value.Sizes));

    /// <summary>All cases, forward and backward, in the order of the table.</summary>
    public static IReadOnlyList<BenchCase> All { get; } = [.. OpCatalogue.Benchmarks.Values.SelectMany(b => b.All)];

    /// <summary>All kinds.</summary>
    public static IEnumerable<string> Kinds => _kinds.Names;

    /// <summary>Whether a case is a product of matrices, with what may be fused to it.</summary>
    public static bool IsProduct(BenchCase work) => work.Kind is "matmul" or "linear" or "linear_gelu";

    /// <inheritdoc cref="BenchKinds.Parse"/>
    public static BenchCase Parse(string text) => _kinds.Parse(text);

    /// <inheritdoc cref="BenchKinds.Text"/>
    public static string Text(string kind, Pass pass, IReadOnlyDictionary<string, int> sizes) => _kinds.Text(kind, pass, sizes);

    /// <summary>What a case costs: the sum of what the kernels of its timed part cost.</summary>
    /// <exception cref="InputException">The kind is unknown, has no backward pass, or a size it needs is missing or cannot be had.</exception>
    public static Cost Count(BenchCase work)
    {
        using var device = new CountingDevice();
        try
        {
            using BenchRun counted = Prepare(work, device);
            counted.Begin();
            Cost before = device.Cost;
            counted.Execute();
            Cost after = device.Cost;
            counted.End();
            return new Cost(after.Flops - before.Flops, after.BytesRead - before.BytesRead, after.BytesWritten - before.BytesWritten);
        }
        catch (ArgumentException e)
        {
            throw new InputException($"{work.Name}: {e.Message}", e);
        }
    }

    /// <summary>A case made ready to be run on a device, its inputs made.</summary>
    /// <exception cref="InputException">The kind is unknown, has no backward pass, or a size it needs is missing.</exception>
    public static BenchRun Prepare(BenchCase work, IDevice device) => OpCatalogue.Benchmarks.TryGetValue(work.Kind, out Benchmark? benchmark)
        ? benchmark.Prepare(work, device)
        : throw new InputException($"{work.Name}: there is no kernel of the kind {work.Kind}");
}
