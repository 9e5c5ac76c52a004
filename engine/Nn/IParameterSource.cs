namespace SspNative.Engine.Nn;

/// <summary>Where a model's parameters come from: a file, a formula, an initialiser, or nowhere (to count them).</summary>
public interface IParameterSource
{
    /// <summary>The name for reports: the file's, or "procedural, seed 1".</summary>
    string Description { get; }

    /// <summary>
    /// Why a parameter cannot be had, naming it — missing, of another shape (naming both), of an unusable element type — or null when it can.
    /// </summary>
    string? Problem(ParameterSpec parameter);

    /// <summary>Whether there is a parameter of the name, in whatever shape.</summary>
    bool Has(string name);

    /// <summary>The parameter as a float32 tensor on the device. Only for those without a <see cref="Problem"/>.</summary>
    Tensor Load(ParameterSpec parameter, IDevice device);
}
