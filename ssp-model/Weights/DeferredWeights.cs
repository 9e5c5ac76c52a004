namespace SspNative.Model.Weights;

/// <summary>Weights that are opened when the first of them is asked for, or before.</summary>
/// <param name="open">Opens them.</param>
public sealed class DeferredWeights(Func<WeightFiles> open) : IParameterSource, IDisposable
{
    private readonly Lazy<WeightFiles> _files = new(open);

    /// <summary>Opens them, if they are not.</summary>
    public void Open() => _ = _files.Value;

    public string Description => _files.Value.Description;

    public string? Problem(ParameterSpec parameter) => _files.Value.Problem(parameter);

    public bool Has(string name) => _files.Value.Has(name);

    public Tensor Load(ParameterSpec parameter, IDevice device) => _files.Value.Load(parameter, device);

    public void Dispose()
    {
        if (_files.IsValueCreated)
            _files.Value.Dispose();
    }
}
