namespace SspNative.Engine;

/// <summary>Tensors that require a gradient and were not made by what was recorded.</summary>
internal sealed class Leaves
{
    private readonly HashSet<Tensor> _made = new(ReferenceEqualityComparer.Instance), _seen = new(ReferenceEqualityComparer.Instance);

    public IReadOnlyCollection<Tensor> Seen => _seen;

    /// <summary>Notes an operation in the order of recording. Returns the leaves that it was the first to read; null for none.</summary>
    public List<Tensor>? Note(ReadOnlySpan<Tensor?> inputs, Tensor output)
    {
        List<Tensor>? first = null;
        foreach (Tensor? input in inputs)
            if (input is { RequiresGrad: true } && !_made.Contains(input) && _seen.Add(input))
                (first ??= []).Add(input);
        _made.Add(output);
        return first;
    }

    /// <summary>The leaves that each node of a recording was the first to read: backwards, it is the last to add to their gradients.</summary>
    public static List<Tensor>?[] LastUses(IReadOnlyList<TapeNode> nodes)
    {
        var uses = new List<Tensor>?[nodes.Count];
        var leaves = new Leaves();
        for (int i = 0; i < uses.Length; i++)
            uses[i] = leaves.Note([.. nodes[i].Inputs, .. nodes[i].Leaves], nodes[i].Output);
        return uses;
    }
}
