namespace SspNative.Engine.Nn;

/// <summary>Where a model's parameters come from: a file, a formula, an initialiser, or nowhere (to count them).</summary>
public interface IParameterSource
{
    /// <summary>For reports: the file's name, or "procedural, seed 1".</summary>
    string Description { get; }

    /// <summary>
    /// The parameter as a float32 tensor on the device, or null with the reason why it cannot be had: missing, of another
    /// shape (naming both), of an unusable element type.
    /// </summary>
    Tensor? Load(string name, Shape shape, IDevice device, out string? problem);
}
