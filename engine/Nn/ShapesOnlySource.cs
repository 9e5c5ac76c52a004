namespace SspNative.Engine.Nn;

/// <summary>
/// Parameters without values, for a <see cref="Diagnostics.CountingDevice"/>: to count them, or to learn which of them a real source
/// could not provide before anything is loaded.
/// </summary>
/// <param name="real">The source that is asked for problems; none has no problem.</param>
public sealed class ShapesOnlySource(IParameterSource? real = null) : IParameterSource
{
    public string Description => real?.Description ?? "shapes only";

    public string? Problem(string name, Shape shape) => real?.Problem(name, shape);

    public bool Has(string name) => real?.Has(name) ?? true;

    public Tensor Load(string name, Shape shape, IDevice device) => Tensor.Empty(shape, device);
}
