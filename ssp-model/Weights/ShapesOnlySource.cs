namespace SspNative.Model.Weights;

/// <summary>Parameters without values, for counting them on a <see cref="Engine.Diagnostics.CountingDevice"/>.</summary>
public sealed class ShapesOnlySource : IParameterSource
{
    public string Description => "shapes only";

    public Tensor? Load(string name, Shape shape, IDevice device, out string? problem)
    {
        problem = null;
        return Tensor.Empty(shape, device);
    }
}
