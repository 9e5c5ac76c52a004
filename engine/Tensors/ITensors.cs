namespace SspNative.Engine;

/// <summary>A result of several tensors that says which they are, so that a scope can keep them.</summary>
public interface ITensors
{
    IEnumerable<Tensor> Tensors { get; }
}
