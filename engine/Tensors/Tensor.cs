namespace SspNative.Engine;

/// <summary>
/// A contiguous row-major array on a device. Its lifetime is explicit: it belongs to the <see cref="TensorScope"/> that was
/// open when it was made, and reshaped views share its buffer by reference count.
/// </summary>
public sealed partial class Tensor : IDisposable, ITensors
{
    private readonly DeviceBuffer _buffer;
    private long[]? _indices;
    private int _references = 1;
    private bool _disposed;

    /// <summary>Wraps a buffer, taking over one reference to it.</summary>
    internal Tensor(DeviceBuffer buffer, Shape shape, DType dtype)
    {
        _buffer = buffer;
        Shape = shape;
        DType = dtype;
        Scope = TensorScope.Current;
        Scope?.Own(this);
    }

    public Shape Shape { get; }

    public DType DType { get; }

    public IDevice Device => _buffer.Device;

    public int Rank => Shape.Rank;

    /// <summary>Number of elements.</summary>
    public long Count => Shape.Count;

    /// <summary>
    /// Whether a tape records what is computed from this tensor. Set on parameters and inputs; results inherit it.
    /// </summary>
    public bool RequiresGrad { get; set; }

    internal TensorScope? Scope { get; private set; }

    /// <summary>The memory; an error once the tensor was freed.</summary>
    internal DeviceBuffer Buffer => _references > 0
        ? _buffer
        : throw new ObjectDisposedException(nameof(Tensor), $"the tensor {Shape} was freed: keep it in its TensorScope");

    /// <summary>Frees the tensor now instead of at the end of its scope; what a tape saved lives until the tape is done with it.</summary>
    public void Dispose()
    {
        if (_disposed)
            return;
        _disposed = true;
        Scope = null;
        Release();
    }

    /// <summary>Frees this tensor, an activation that nothing else reads, and returns the one that was made of it.</summary>
    /// <example><code>
    /// foreach (Block block in blocks)
    ///     x = x.ReplacedBy(block.Forward(x));
    /// </code></example>
    public Tensor ReplacedBy(Tensor next)
    {
        if (next != this)
            Dispose();
        return next;
    }

    IEnumerable<Tensor> ITensors.Tensors => [this];

    public override string ToString() => $"{DType}{Shape} on {Device.Name}";

    /// <summary>A view of the same memory under another shape of as many elements. Not recorded; see <c>Ops.Reshape</c>.</summary>
    internal Tensor Alias(Shape shape) => Alias(shape, DType);

    /// <summary>The same, its elements taken for another type of their size.</summary>
    internal Tensor Alias(Shape shape, DType dtype)
    {
        Buffer.Retain();
        return new Tensor(_buffer, shape, dtype) { _indices = _indices };
    }

    /// <summary>Elements of the tensor as a tensor that shares their memory: (…) → (count).</summary>
    /// <param name="start">The first, in row-major order: a multiple of 256 bytes, which are 64 of float32.</param>
    /// <param name="count">How many: a multiple of as many, or all that follow.</param>
    /// <exception cref="ArgumentException">There are no such elements.</exception>
    public Tensor View(long start, int count) => start >= 0 && count >= 0 && start <= Count - count
        ? new(Buffer.View(start * DType.Size(), (long)count * DType.Size()), [count], DType)
        : throw new ArgumentException($"Tensor.View: {count} elements from element {start} on are no view of {this}");

    internal void Retain()
    {
        _ = Buffer;
        Interlocked.Increment(ref _references);
    }

    internal void Release()
    {
        if (Interlocked.Decrement(ref _references) == 0)
            _buffer.Release();
    }

    internal void MoveTo(TensorScope? scope)
    {
        Scope = scope;
        scope?.Own(this);
    }
}
