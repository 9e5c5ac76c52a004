using System.Globalization;
using SspNative.Lab.Catalogue;
using SspNative.Lab.Workloads;

namespace SspNative.Lab.Benchmarking;

/// <summary>The kinds of kernel cases and the sizes that each reads, and cases written by hand: <c>linear m=197 n=3072 k=768 backward</c>.</summary>
public static class KernelKinds
{
    private const string Backward = "backward";

    /// <summary>All kinds.</summary>
    public static IReadOnlyCollection<string> Names => OpCatalogue.Benchmarks.Keys;

    /// <summary>A case from its text: the kind, its sizes in any order, and perhaps <c>backward</c>.</summary>
    /// <exception cref="InputException">The kind or a size is unknown, missing or no positive number.</exception>
    public static WorkCase Parse(string text)
    {
        string[] words = text.Split(' ', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
        if (words.Length == 0 || !OpCatalogue.Benchmarks.TryGetValue(words[0], out Benchmark? kind))
            throw new InputException($"there is no kernel kind \"{words.FirstOrDefault()}\"; there are {string.Join(", ", Names)}");
        BenchSize[] fields = kind.Sizes;
        var sizes = new Dictionary<string, int>();
        var pass = Pass.Forward;
        foreach (string word in words.Skip(1))
        {
            if (word == Backward)
                pass = Pass.Backward;
            else
                AddSize(words[0], fields, word, sizes);
        }
        foreach ((string name, int? otherwise) in fields)
            if (!sizes.ContainsKey(name))
                sizes.Add(name, otherwise ?? throw new InputException($"{words[0]} needs {name}; its sizes are {Sizes(fields)}"));
        return new WorkCase(string.Join(' ', words), words[0], pass, sizes);
    }

    /// <summary>The text of a case.</summary>
    public static string Text(string kind, Pass pass, IReadOnlyDictionary<string, int> sizes) => string.Join(
        ' ',
        [
            kind, .. OpCatalogue.Benchmarks[kind].Sizes.Where(f => sizes[f.Name] != f.Otherwise).Select(f => string.Create(CultureInfo.InvariantCulture, $"{f.Name}={sizes[f.Name]}")),
            .. pass == Pass.Backward ? [Backward] : Array.Empty<string>(),
        ]);

    private static void AddSize(string kind, BenchSize[] fields, string word, Dictionary<string, int> sizes)
    {
        string[] sides = word.Split('=');
        if (sides.Length != 2 || !fields.Any(f => f.Name == sides[0]))
            throw new InputException($"{kind} has no size \"{sides[0]}\"; write {Sizes(fields)}");
        int least = fields.Single(f => f.Name == sides[0]).Otherwise == 0 || sides[0] == "padding" ? 0 : 1;
        if (!int.TryParse(sides[1], NumberStyles.None, CultureInfo.InvariantCulture, out int value) || value < least)
            throw new InputException($"{kind}: {word} is no whole number from {least} on");
        if (!sizes.TryAdd(sides[0], value))
            throw new InputException($"{kind}: {sides[0]} is given twice");
    }

    private static string Sizes(BenchSize[] fields) =>
        string.Join(' ', fields.Select(f => f.Otherwise is null ? $"{f.Name}=N" : $"{f.Name}={f.Otherwise}"));
}
