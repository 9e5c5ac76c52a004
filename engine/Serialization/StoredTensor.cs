namespace SspNative.Engine.Serialization;

/// <summary>A tensor that is to be written, as its file describes it.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Shape">Its shape.</param>
/// <param name="DType">Its element type.</param>
/// <param name="Read">Gives the tensor when its turn comes, each time the same. What is made for that belongs to the open scope.</param>
public readonly record struct StoredTensor(string Name, Shape Shape, DType DType, Func<Tensor> Read)
{
    /// <summary>A tensor that is there.</summary>
    public static StoredTensor Of(string name, Tensor tensor) => new(name, tensor.Shape, tensor.DType, () => tensor);
}
