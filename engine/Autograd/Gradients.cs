using SspNative.Kernels.Operators;

namespace SspNative.Engine;

/// <summary>The result of a backward pass: gradients by tensor. Owns them.</summary>
public sealed class Gradients : IDisposable
{
    private readonly Dictionary<Tensor, Tensor> _byTensor = new(ReferenceEqualityComparer.Instance);

    /// <summary>The gradient of a tensor that took part in the recording.</summary>
    /// <exception cref="KeyNotFoundException">Nothing depends on the tensor, or it did not require a gradient.</exception>
    public Tensor this[Tensor tensor] => Find(tensor)
        ?? throw new KeyNotFoundException($"no gradient reached the tensor {tensor}: set RequiresGrad before the forward pass");

    /// <summary>The gradient of a tensor, or null when none reached it.</summary>
    public Tensor? Find(Tensor tensor) => _byTensor.GetValueOrDefault(tensor);

    public void Dispose()
    {
        foreach (Tensor t in _byTensor.Values)
            t.Dispose();
        _byTensor.Clear();
    }

    internal void Add(Tensor target, Tensor gradient, TensorScope scope)
    {
        if (!_byTensor.TryGetValue(target, out Tensor? present))
        {
            TensorScope.Unowned(gradient);
            _byTensor[target] = gradient;
            return;
        }
        // The present gradient may share its memory with another tensor's, so the sum is a new tensor.
        Tensor sum = TensorScope.Unowned(Tensor.Empty(target.Shape, gradient.Device));
        gradient.Device.Launch(new BinaryCall<Add>(present.Buffer, present.Shape, gradient.Buffer, gradient.Shape, sum.Buffer, sum.Shape));
        present.Dispose();
        if (gradient.Scope != scope)
            gradient.Dispose();
        _byTensor[target] = sum;
    }

    internal Tensor? Take(Tensor target) => _byTensor.Remove(target, out Tensor? gradient) ? gradient : null;
}
