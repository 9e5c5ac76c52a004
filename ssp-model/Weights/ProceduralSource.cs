namespace SspNative.Model.Weights;

/// <summary>Parameters made from their names by <see cref="ProceduralWeights"/>: always there, in any shape.</summary>
/// <param name="seed">Chooses one of 2⁶⁴ sets of weights.</param>
public sealed class ProceduralSource(ulong seed) : IParameterSource
{
    public string Description => $"procedural, seed {seed}";

    public string? Problem(ParameterSpec parameter) => null;

    public bool Has(string name) => true;

    public Tensor Load(ParameterSpec parameter, IDevice device) =>
        ProceduralWeights.Weight(parameter.Name, parameter.Shape, seed, device);
}
