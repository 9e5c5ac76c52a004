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
    public Func<ParameterSpec, bool> May { get; init; } = _ => true;

    public string? Problem(ParameterSpec parameter) =>
        known.Problem(parameter) is not { } problem ? null : May(parameter) ? rest.Problem(parameter) : problem;

    public bool Has(string name) => known.Has(name);

    public Tensor Load(ParameterSpec parameter, IDevice device)
    {
        if (known.Problem(parameter) is null)
            return known.Load(parameter, device);
        _initialised.Add(parameter.Name);
        return rest.Load(parameter, device);
    }
}
