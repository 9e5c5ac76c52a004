using System.Globalization;
using SspNative.Lab.Catalogue;
using SspNative.Lab.Workloads;

namespace SspNative.Lab.Benchmarking;

/// <summary>Kinds of cases and the sizes that each reads, and cases written by hand: <c>linear m=197 n=3072 k=768 backward</c>.</summary>
/// <param name="what">What a kind is, for errors: kernel or model.</param>
/// <param name="kinds">The sizes of each kind.</param>
internal sealed class BenchKinds(string what, IReadOnlyDictionary<string, BenchSize[]> kinds)
{
    private const string Backward = "backward";

    /// <summary>All kinds.</summary>
    public IEnumerable<string> Names => kinds.Keys;

    /// <summary>A case from its text: the kind, its sizes in any order, and perhaps <c>backward</c>.</summary>
    /// <exception cref="InputException">The kind or a size is unknown, missing or no positive number.</exception>
    public BenchCase Parse(string text)
    {
        string[] words = text.Split(' ', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
        if (words.Length == 0 || !kinds.TryGetValue(words[0], out BenchSize[]? fields))
            throw new InputException($"there is no {what} kind \"{words.FirstOrDefault()}\"; there are {string.Join(", ", Names)}");
        var sizes = new Dictionary<string, int>();
        var pass = Pass.Forward;
        foreach (string word in words.Skip(1))
        {
            if (word == Backward)
                pass = Pass.Backward;
            else
                AddSize(words[0], fields, word, sizes);
        }
        foreach ((string name, int? otherwise, _) in fields)
            if (!sizes.ContainsKey(name))
                sizes.Add(name, otherwise ?? throw new InputException($"{words[0]} needs {name}; its sizes are {Sizes(fields)}"));
        return new BenchCase(string.Join(' ', words), words[0], pass, sizes);
    }

    /// <summary>The text of a case.</summary>
    public string Text(string kind, Pass pass, IReadOnlyDictionary<string, int> sizes) => string.Join(
        ' ',
        [
            kind, .. kinds[kind].Where(f => sizes[f.Name] != f.Otherwise).Select(f => string.Create(CultureInfo.InvariantCulture, $"{f.Name}={sizes[f.Name]}")),
            .. pass == Pass.Backward ? [Backward] : Array.Empty<string>(),
        ]);

    private static void AddSize(string kind, BenchSize[] fields, string word, Dictionary<string, int> sizes)
    {
        string[] sides = word.Split('=');
        if (sides.Length != 2 || !fields.Any(f => f.Name == sides[0]))
            throw new InputException($"{kind} has no size \"{sides[0]}\"; write {Sizes(fields)}");
        int least = fields.Single(f => f.Name == sides[0]).Least;
        if (!int.TryParse(sides[1], NumberStyles.None, CultureInfo.InvariantCulture, out int value) || value < least)
            throw new InputException($"{kind}: {word} is no whole number from {least} on");
        if (!sizes.TryAdd(sides[0], value))
            throw new InputException($"{kind}: {sides[0]} is given twice");
    }

    private static string Sizes(BenchSize[] fields) =>
        string.Join(' ', fields.Select(f => f.Otherwise is null ? $"{f.Name}=N" : $"{f.Name}={f.Otherwise}"));
}
