namespace SspNative.Model.Weights;

/// <summary>Weights that are opened when they are first asked for.</summary>
/// <param name="open">Opens them.</param>
public sealed class DeferredWeights(Func<WeightFiles> open) : IParameterSource, IDisposable
{
    private readonly Lazy<WeightFiles> _files = new(open);

    /// <summary>The files, opened by now.</summary>
    public WeightFiles Files => _files.Value;

    public string Description => Files.Description;

    public string? Problem(ParameterSpec parameter) => Files.Problem(parameter);

    public bool Has(string name) => Files.Has(name);

    public Tensor Load(ParameterSpec parameter, IDevice device) => Files.Load(parameter, device);

    public void Dispose()
    {
        if (_files.IsValueCreated)
            _files.Value.Dispose();
    }
}
