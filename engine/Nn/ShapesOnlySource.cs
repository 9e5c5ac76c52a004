namespace SspNative.Engine.Nn;

/// <summary>
/// Parameters without values, for a <see cref="Diagnostics.CountingDevice"/>: to count them, or to learn which of them a real source
/// could not provide before anything is loaded.
/// </summary>
/// <param name="real">The source that is asked for problems; none has no problem.</param>
public sealed class ShapesOnlySource(IParameterSource? real = null) : IParameterSource
{
    public string Description => real?.Description ?? "shapes only";

    public string? Problem(ParameterSpec parameter) => real?.Problem(parameter);

    public bool Has(string name) => real?.Has(name) ?? true;

    public Tensor Load(ParameterSpec parameter, IDevice device) => Tensor.Empty(parameter.Shape, device);
}
