using SspNative.Engine.Diagnostics;

namespace SspNative.Engine;

/// <summary>A recorded operation: how its output came from its inputs, and the tensors that it keeps alive until it ran backwards.</summary>
internal sealed class TapeNode(string op, Tensor output, Tensor?[] inputs, Action<BackwardContext> backward, Tensor[] saved)
{
    private Tensor[] _saved = saved;
    private readonly bool[] _needed = Array.ConvertAll(inputs, t => t is { RequiresGrad: true });

    public string Op { get; } = op;

    public Tensor Output { get; } = output;

    public Tensor?[] Inputs { get; } = inputs;

    /// <summary>Whether an input required a gradient when the operation was recorded: what it saved depends on it.</summary>
    public bool Needs(int input) => _needed[input];

    public Action<BackwardContext> Backward { get; } = backward;

    /// <summary>Whether the backward function runs a part of the model once more.</summary>
    public bool IsSegment { get; init; }

    /// <summary>What it reads that requires a gradient besides its inputs, as parameters in a segment.</summary>
    public IReadOnlyCollection<Tensor> Leaves { get; init; } = [];

    /// <summary>The span in which a profile counts the backward pass; null without one.</summary>
    public string? Module { get; } = Profiler.CurrentModule;

    public void ReleaseSaved()
    {
        foreach (Tensor t in _saved)
            t.Release();
        _saved = [];
    }
}
