namespace SspNative.Engine.Nn;

/// <summary>
/// A prefix of the state dict, so that published names are visible where layers are made:
/// <c>new Linear(path / "attention" / "output" / "dense", dim, dim)</c>.
/// </summary>
/// <param name="Store">Where the parameters are.</param>
/// <param name="Prefix">What all their names begin with.</param>
/// <param name="Role">The role of all parameters below.</param>
public readonly record struct ParameterPath(ParameterStore Store, string Prefix, Role Role = Role.Base)
{
    public static ParameterPath operator /(ParameterPath path, string name) =>
        path with { Prefix = path.Prefix.Length == 0 ? name : $"{path.Prefix}.{name}" };

    public static ParameterPath operator /(ParameterPath path, int index) =>
        path / index.ToString(System.Globalization.CultureInfo.InvariantCulture);

    /// <summary>The same prefix, below which parameters have another role.</summary>
    public ParameterPath As(Role role) => this with { Role = role };

    /// <summary>The parameter <c>prefix.name</c>.</summary>
    /// <param name="name">Its last name.</param>
    /// <param name="shape">Its shape.</param>
    /// <param name="initializer">Its values in a training from scratch.</param>
    public Tensor Get(string name, Shape shape, Initializer initializer) =>
        Store.Get(new ParameterSpec((this / name).Prefix, shape, initializer, Role));

    /// <summary>
    /// The parameter <c>prefix.name</c>, a matrix that <see cref="Ops.Linear"/> and its like, <see cref="Ops.MatMul"/> or <see cref="Ops.Embedding"/>
    /// read: it may be bf16.
    /// </summary>
    public Tensor GetMatrix(string name, Shape shape, Initializer initializer) =>
        Store.Get(new ParameterSpec((this / name).Prefix, shape, initializer, Role) { MayBeBFloat16 = true });

    /// <summary>The parameter <c>prefix.name</c>, a weight that linear layers alone read: it may be bf16 or packed.</summary>
    public Tensor GetWeight(string name, Shape shape, Initializer initializer) =>
        Store.Get(new ParameterSpec((this / name).Prefix, shape, initializer, Role) { MayBeBFloat16 = true, MayBePacked = true });
}
