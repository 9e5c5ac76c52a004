namespace SspNative.Model.Config;

/// <summary>Activation names of published configurations.</summary>
public static class Activations
{
    private static readonly Dictionary<string, Activation> _byName =
        Enum.GetValues<Activation>().Where(a => a != Activation.None).ToDictionary(a => a.OperatorName());

    public static IReadOnlyCollection<string> Names => _byName.Keys;

    /// <exception cref="InvalidDataException">There is no such activation.</exception>
    public static Activation Parse(string name) => _byName.TryGetValue(name, out Activation activation)
        ? activation
        : throw new InvalidDataException($"hidden_act is \"{ShownJson.Shown(name)}\"; it must be {ShortList.Of(Names)}");
}
