namespace SspNative.Engine;

/// <summary>
/// Frees every tensor made inside it that was not kept. Scopes nest; a tensor belongs to the innermost scope that is open
/// on its thread when it is made. Outside any scope a tensor lives until it is disposed, and what an operation makes on the way to its result, as a
/// transposed operand, lives on: open a scope around operations.
/// </summary>
/// <example><code>
/// using var scope = new TensorScope();
/// Tensor h = Ops.Gelu(fc1.Forward(x));
/// return scope.Keep(fc2.Forward(h));   // h is freed here, the result belongs to the caller's scope
/// </code></example>
public sealed class TensorScope : IDisposable
{
    [ThreadStatic]
    private static TensorScope? _current;

    private readonly TensorScope? _parent;
    private readonly List<Tensor> _owned = [];

    public TensorScope()
    {
        _parent = _current;
        _current = this;
    }

    internal static TensorScope? Current => _current;

    /// <summary>Hands a tensor of this scope to the enclosing one (or to nobody, when there is none) and returns it.</summary>
    public Tensor Keep(Tensor tensor)
    {
        if (tensor.Scope == this)
            tensor.MoveTo(_parent);
        return tensor;
    }

    /// <summary>Keeps several tensors.</summary>
    public T Keep<T>(T tensors) where T : IEnumerable<Tensor>
    {
        foreach (Tensor t in tensors)
            Keep(t);
        return tensors;
    }

    /// <summary>Keeps the tensors of a result.</summary>
    public void Keep(ITensors result)
    {
        foreach (Tensor t in result.Tensors)
            Keep(t);
    }

    /// <summary>A step of a computation whose intermediates are freed as soon as its result is there.</summary>
    public static Tensor Run(Func<Tensor> step)
    {
        using var scope = new TensorScope();
        return scope.Keep(step());
    }

    /// <summary>Takes a tensor out of every scope: it lives until it is disposed.</summary>
    public static Tensor Unowned(Tensor tensor)
    {
        tensor.MoveTo(null);
        return tensor;
    }

    public void Dispose()
    {
        if (_current != this)
            throw new InvalidOperationException("TensorScope: scopes must be disposed innermost first, on the thread that opened them");
        _current = _parent;
        foreach (Tensor t in _owned)
            if (t.Scope == this)
                t.Dispose();
        _owned.Clear();
    }

    internal void Own(Tensor tensor) => _owned.Add(tensor);
}
