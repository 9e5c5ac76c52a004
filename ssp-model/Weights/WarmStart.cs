namespace SspNative.Model.Weights;

/// <summary>
/// Weights for a model that an earlier one is the beginning of: what the earlier one has under the same name and in the same shape is taken from
/// it, the rest, such as a class head for other classes, is initialised.
/// </summary>
/// <param name="known">The earlier model.</param>
/// <param name="rest">Where the others come from.</param>
public sealed class WarmStart(IParameterSource known, IParameterSource rest) : IParameterSource
{
    private readonly List<string> _initialised = [];

    public string Description => $"{known.Description}, else {rest.Description}";

    /// <summary>Names that were asked for and not taken from the earlier model.</summary>
    public IReadOnlyList<string> Initialised => _initialised;

    /// <summary>Which parameters may be initialised; any by default.</summary>
    public Func<string, bool> May { get; init; } = _ => true;

    public string? Problem(string name, Shape shape) => May(name) ? rest.Problem(name, shape) : known.Problem(name, shape);

    public bool Has(string name) => known.Has(name) || (May(name) && rest.Has(name));

    public Tensor Load(string name, Shape shape, IDevice device)
    {
        if (known.Problem(name, shape) is null)
            return known.Load(name, shape, device);
        _initialised.Add(name);
        return rest.Load(name, shape, device);
    }
}
