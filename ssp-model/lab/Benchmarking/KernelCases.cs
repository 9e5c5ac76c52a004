using SspNative.Lab.Catalogue;
using SspNative.Lab.Workloads;

namespace SspNative.Lab.Benchmarking;

/// <summary>The work that <c>ssp bench kernels</c> and the benchmark project measure: every kernel at the model's shapes and at odd ones.</summary>
public static class KernelCases
{
    /// <summary>All cases, forward and backward, in the order of the table.</summary>
    public static IReadOnlyList<WorkCase> All { get; } = [.. OpCatalogue.Benchmarks.Values.SelectMany(b => b.Work)];
}
