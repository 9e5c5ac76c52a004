namespace SspNative.Engine.Serialization.Pickles;

/// <summary>The tensors by name in what a pickle holds: at the top, or where trainers put them.</summary>
internal static class StateDict
{
    private const int MostLevels = 4;

    private static readonly string[] _wrappers = ["state_dict", "model_state_dict", "model", "module", "params", "net", "network", "weights"];

    /// <summary>Name and tensor or array; of a name that comes twice, the last.</summary>
    /// <exception cref="InvalidDataException">There is no dictionary with tensors.</exception>
    public static IReadOnlyDictionary<string, object> Find(object? root, string path)
    {
        if (root is not PickleDictionary dictionary)
            throw new InvalidDataException($"{path}: holds no dictionary of tensors; save the state_dict of a model");
        if (Search(dictionary, MostLevels, []) is { } found)
            return found;
        return dictionary.Entries.Count == 0
            ? new Dictionary<string, object>()
            : throw new InvalidDataException($"{path}: holds a dictionary without tensors; save the state_dict of a model");
    }

    // Dictionaries may hold each other, and the same one many times.
    private static Dictionary<string, object>? Search(PickleDictionary dictionary, int levels, HashSet<PickleDictionary> seen)
    {
        if (levels == 0 || !seen.Add(dictionary))
            return null;
        foreach (string wrapper in _wrappers)
            foreach ((object? key, object? value) in dictionary.Entries)
                if (value is PickleDictionary inner && key is string name && name == wrapper && Search(inner, levels - 1, seen) is { } found)
                    return found;
        var tensors = new Dictionary<string, object>();
        foreach ((object? key, object? value) in dictionary.Entries)
            if (key is string name && value is PickleTensor or PickleArray)
                tensors[(string)key] = value;
        return tensors.Count > 0 ? tensors : null;
    }
}
