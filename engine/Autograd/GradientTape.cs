using SspNative.Engine.Diagnostics;

namespace SspNative.Engine;

/// <summary>
/// Records operations while it is open and runs them backwards. Without an open tape nothing is recorded and
/// intermediates are freed by their scopes at once.
/// </summary>
/// <example><code>
/// using var scope = new TensorScope();
/// using var tape = new GradientTape();
/// Tensor loss = model.Forward(x);
/// using Gradients grads = tape.Backward(loss);
/// Tensor dw = grads[weight];
/// </code></example>
/// <remarks>
/// The contract, stated once: kernels overwrite the gradients they produce; where several meet in one tensor the tape adds
/// them, in the reverse order of recording, so results do not depend on the number of threads.
/// </remarks>
public sealed class GradientTape : IDisposable
{
    [ThreadStatic]
    private static GradientTape? _current;

    private readonly GradientTape? _outer;
    private readonly List<TapeNode> _nodes = [];
    private readonly bool _keeps;
    private readonly Leaves? _leaves;
    private bool _spent, _disposed;

    public GradientTape()
        : this(keeps: true)
    {
    }

    private GradientTape(bool keeps)
    {
        _keeps = keeps;
        _leaves = keeps ? null : new Leaves();
        _outer = _current;
        _current = this;
    }

    /// <summary>
    /// Whether layers that are worth it keep their inputs alone and run again in the backward pass; see <see cref="ActivationCheckpoint"/>. It
    /// changes memory and time, not gradients.
    /// </summary>
    public bool CheckpointLayers { get; init; }

    internal static bool IsOpen => _current is not null;

    internal static bool IsCheckpointingLayers => _current is { CheckpointLayers: true };

    /// <summary>Whether an operation on these inputs will be recorded now.</summary>
    public static bool IsRecording(params ReadOnlySpan<Tensor?> inputs)
    {
        if (_current is null)
            return false;
        foreach (Tensor? t in inputs)
            if (t is { RequiresGrad: true })
                return true;
        return false;
    }

    /// <summary>
    /// Notes how <paramref name="output"/> came from <paramref name="inputs"/>. The backward function may read only the
    /// <paramref name="saved"/> tensors, which the tape keeps alive.
    /// </summary>
    public static Tensor Record(
        string op, Tensor output, Tensor?[] inputs, Action<BackwardContext> backward, params ReadOnlySpan<Tensor?> saved)
    {
        Profiler.Recorded(op);
        if (!IsRecording(inputs))
            return output;
        output.RequiresGrad = true;
        _current!.Add(op, output, inputs, backward, saved, isSegment: false);
        return output;
    }

    /// <summary>A tensor that an operation saves only on a condition, such as that the gradient that reads it is wanted.</summary>
    public static Tensor? SavedIf(bool condition, Tensor tensor) => condition ? tensor : null;

    /// <summary>Runs the recording backwards from a scalar with gradient 1.</summary>
    /// <param name="loss">The scalar.</param>
    /// <param name="whole">
    /// Told of each tensor that no recorded operation made, a parameter or an input, and its gradient, as soon as nothing more will be added to it.
    /// </param>
    /// <exception cref="ArgumentException">It is no scalar, or no gradient reaches anything from it.</exception>
    public Gradients Backward(Tensor loss, Action<Tensor, Tensor>? whole = null)
    {
        if (loss.Count != 1)
            throw new ArgumentException($"Backward: the loss must have one element, not {loss.Shape}; give a cotangent for other outputs");
        if (!loss.RequiresGrad)
            throw new ArgumentException(
                "Backward: nothing of the loss was recorded; call ParameterStore.Train (or set RequiresGrad), and open the tape before the forward pass");
        Tensor one = TensorScope.Unowned(Tensor.Full(loss.Shape, 1f, loss.Device));
        try
        {
            return Backward([(loss, one)], whole);
        }
        finally
        {
            one.Dispose();
        }
    }

    /// <summary>Runs the recording backwards from outputs with given gradients (cotangents of the outputs' shapes).</summary>
    /// <exception cref="InvalidOperationException">It ran backwards before, which freed what it had saved.</exception>
    public Gradients Backward(IReadOnlyList<(Tensor Output, Tensor Cotangent)> seeds, Action<Tensor, Tensor>? whole = null)
    {
        if (_spent)
            throw new InvalidOperationException("Backward: the recording was used up by an earlier call; run the forward pass again");
        var gradients = new Gradients();
        try
        {
            Propagate(seeds, gradients, whole);
            return gradients;
        }
        catch
        {
            gradients.Dispose();
            throw;
        }
    }

    /// <summary>Frees what the recording keeps; what was recorded before goes on.</summary>
    /// <exception cref="InvalidOperationException">A tape that was opened later is still open, or another thread opened this one.</exception>
    public void Dispose()
    {
        if (_disposed)
            return;
        if (_current != this)
            throw new InvalidOperationException("GradientTape: tapes must be disposed innermost first, on the thread that opened them");
        _disposed = true;
        _current = _outer;
        Forget();
    }

    private void Forget()
    {
        foreach (TapeNode node in _nodes)
            node.ReleaseSaved();
        _nodes.Clear();
    }

    /// <summary>A tape that marks what requires a gradient, as every tape does, and keeps nothing.</summary>
    internal static GradientTape Marking() => new(keeps: false);

    /// <summary>Notes a segment that marked its output while a <see cref="Marking"/> tape was open; the inputs are kept alive.</summary>
    /// <param name="op">Its name.</param>
    /// <param name="output">What it made.</param>
    /// <param name="inputs">What it was given.</param>
    /// <param name="leaves">What else it read that requires a gradient: <see cref="LeavesSeen"/> of the marking tape.</param>
    /// <param name="backward">Runs it again, and backwards.</param>
    internal static Tensor RecordSegment(
        string op, Tensor output, Tensor[] inputs, IReadOnlyCollection<Tensor> leaves, Action<BackwardContext> backward)
    {
        if (output.RequiresGrad)
            _current!.Add(op, output, inputs, backward, inputs, isSegment: true, leaves);
        return output;
    }

    /// <summary>What operations read under a <see cref="Marking"/> tape that requires a gradient and that none of them had made.</summary>
    internal IReadOnlyCollection<Tensor> LeavesSeen => _leaves?.Seen ?? [];

    /// <summary>Runs the recording backwards into gradients that may hold those of a later part of the model already.</summary>
    internal void Propagate(IReadOnlyList<(Tensor Output, Tensor Cotangent)> seeds, Gradients gradients, Action<Tensor, Tensor>? whole = null)
    {
        List<Tensor>?[]? lastUses = whole is null ? null : Leaves.LastUses(_nodes);
        GradientTape? recording = _current;
        _current = null;
        try
        {
            foreach ((Tensor output, Tensor cotangent) in seeds)
            {
                if (output.Shape != cotangent.Shape)
                    throw new ArgumentException($"Backward: the output is {output.Shape} but its cotangent {cotangent.Shape}");
                using var scope = new TensorScope();
                gradients.Add(output, cotangent.Alias(cotangent.Shape), scope);
            }
            // From here on what is saved is freed, also where an operation fails.
            _spent = true;
            for (int i = _nodes.Count - 1; i >= 0; i--)
            {
                TapeNode node = _nodes[i];
                using (Tensor? dy = gradients.Take(node.Output))
                    if (dy is not null)
                    {
                        using var scope = new TensorScope();
                        using ProfilerSpan span = node.IsSegment ? Profiler.Module("again") : Profiler.Backward(node.Op, node.Module);
                        node.Backward(new BackwardContext(node, dy, gradients, scope));
                    }
                node.ReleaseSaved();
                foreach (Tensor leaf in lastUses?[i] ?? [])
                    if (gradients.Find(leaf) is { } gradient)
                        whole!(leaf, gradient);
            }
        }
        finally
        {
            if (_spent)
                Forget();
            _current = recording;
        }
    }

    private void Add(
        string op, Tensor output, Tensor?[] inputs, Action<BackwardContext> backward, ReadOnlySpan<Tensor?> saved, bool isSegment,
        IReadOnlyCollection<Tensor>? leaves = null)
    {
        if (!_keeps)
        {
            _leaves!.Note([.. inputs, .. leaves ?? []], output);
            return;
        }
        Tensor[] kept = [.. saved.ToArray().OfType<Tensor>()];
        foreach (Tensor t in kept)
            t.Retain();
        _nodes.Add(new TapeNode(op, output, inputs, backward, kept) { IsSegment = isSegment, Leaves = leaves ?? [] });
        _spent = false;
    }
}
