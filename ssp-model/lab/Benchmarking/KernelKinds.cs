using System.Globalization;

namespace SspNative.Lab.Benchmarking;

/// <summary>The kinds of kernel cases and the sizes that each reads, and cases written by hand: <c>linear m=197 n=3072 k=768 backward</c>.</summary>
public static class KernelKinds
{
    private const string Backward = "backward";

    // A size without a default must be given.
    private static readonly Dictionary<string, (string Name, int? Default)[]> _kinds = new()
    {
        ["matmul"] = [("m", null), ("n", null), ("k", null)],
        ["linear"] = [("m", null), ("n", null), ("k", null)],
        ["linear_gelu"] = [("m", null), ("n", null), ("k", null)],
        ["window_attention"] = [("height", null), ("width", null), ("window", null), ("shift", 0), ("heads", null), ("dim", null)],
        ["attention"] = [("batch", 1), ("heads", null), ("queries", null), ("keys", null), ("dim", null), ("masked", 0)],
        ["grid_attention"] = [("latents", null), ("height", null), ("width", null), ("features", null), ("positions", null)],
        ["grid_query_attention"] = [("latents", null), ("height", null), ("width", null), ("features", null), ("positions", null)],
        ["deformable_attention"] =
        [
            ("heads", null), ("dim", null), ("points", 4), ("height0", null), ("width0", null), ("height1", null), ("width1", null),
            ("height2", null), ("width2", null),
        ],
        ["conv2d"] =
        [
            ("batch", 1), ("height", null), ("width", null), ("in", null), ("out", null), ("kernel", 3), ("stride", 1), ("padding", 1),
        ],
        ["layer_norm"] = [("rows", null), ("channels", null)],
        ["softmax"] = [("rows", null), ("columns", null)],
        ["sum"] = [("rows", null), ("columns", null)],
        ["gelu"] = [("count", null)],
        ["exp"] = [("count", null)],
        ["tanh"] = [("count", null)],
        ["sigmoid"] = [("count", null)],
        ["add"] = [("count", null)],
        ["mul"] = [("count", null)],
        ["adamw"] = [("count", null)],
        ["upsample_add"] = [("height", null), ("width", null), ("channels", null)],
    };

    /// <summary>All kinds.</summary>
    public static IReadOnlyCollection<string> Names => _kinds.Keys;

    /// <summary>A case from its text: the kind, its sizes in any order, and perhaps <c>backward</c>.</summary>
    /// <exception cref="InputException">The kind or a size is unknown, missing or no positive number.</exception>
    public static WorkCase Parse(string text)
    {
        string[] words = text.Split(' ', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
        if (words.Length == 0 || !_kinds.TryGetValue(words[0], out (string Name, int? Default)[]? fields))
            throw new InputException($"there is no kernel kind \"{words.FirstOrDefault()}\"; there are {string.Join(", ", Names)}");
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
            kind, .. _kinds[kind].Where(f => sizes[f.Name] != f.Default).Select(f => string.Create(CultureInfo.InvariantCulture, $"{f.Name}={sizes[f.Name]}")),
            .. pass == Pass.Backward ? [Backward] : Array.Empty<string>(),
        ]);

    private static void AddSize(string kind, (string Name, int? Default)[] fields, string word, Dictionary<string, int> sizes)
    {
        string[] sides = word.Split('=');
        if (sides.Length != 2 || !fields.Any(f => f.Name == sides[0]))
            throw new InputException($"{kind} has no size \"{sides[0]}\"; write {Sizes(fields)}");
        int least = fields.Single(f => f.Name == sides[0]).Default == 0 || sides[0] == "padding" ? 0 : 1;
        if (!int.TryParse(sides[1], NumberStyles.None, CultureInfo.InvariantCulture, out int value) || value < least)
            throw new InputException($"{kind}: {word} is no whole number from {least} on");
        if (!sizes.TryAdd(sides[0], value))
            throw new InputException($"{kind}: {sides[0]} is given twice");
    }

    private static string Sizes((string Name, int? Default)[] fields) =>
        string.Join(' ', fields.Select(f => f.Default is null ? $"{f.Name}=N" : $"{f.Name}={f.Default}"));
}
