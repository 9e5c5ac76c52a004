namespace SspNative.Engine.Nn;

/// <summary>First weights of a training from scratch: every parameter by the <see cref="Initializer"/> that its layer asks for.</summary>
/// <param name="seed">Chooses one of 2⁶⁴ sets of weights.</param>
public sealed class InitialWeights(ulong seed) : IParameterSource
{
    public string Description => $"initialised, seed {seed}";

    public string? Problem(ParameterSpec parameter) => null;

    public bool Has(string name) => true;

    public Tensor Load(ParameterSpec parameter, IDevice device) => parameter.Initializer.Create(parameter.Name, parameter.Shape, seed, device);
}
