using SspNative.Lab.Catalogue;
using SspNative.Lab.Workloads;

namespace SspNative.Lab.Benchmarking;

/// <summary>The kinds of kernel cases and the sizes that each reads, and cases written by hand: <c>linear m=197 n=3072 k=768 backward</c>.</summary>
public static class KernelKinds
{
    private static readonly WorkKinds _kinds = new("kernel", OpCatalogue.Benchmarks.ToDictionary(b => b.Key, b => b.Value.Sizes));

    /// <summary>All kinds.</summary>
    public static IEnumerable<string> Names => _kinds.Names;

    /// <inheritdoc cref="WorkKinds.Parse"/>
    public static WorkCase Parse(string text) => _kinds.Parse(text);

    /// <inheritdoc cref="WorkKinds.Text"/>
    public static string Text(string kind, Pass pass, IReadOnlyDictionary<string, int> sizes) => _kinds.Text(kind, pass, sizes);
}
