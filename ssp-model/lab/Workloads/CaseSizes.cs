namespace SspNative.Lab.Workloads;

/// <summary>Reads the sizes of a case.</summary>
public static class CaseSizes
{
    /// <summary>A size by name.</summary>
    /// <exception cref="InputException">The case does not have it, or it is negative.</exception>
    public static int Size(this BenchCase work, string name) => work.Sizes.TryGetValue(name, out int value) && value >= 0
        ? value
        : throw new InputException($"{work.Name}: the kind {work.Kind} needs the size {name}");
}
