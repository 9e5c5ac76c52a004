namespace SspNative.Model.Config;

/// <summary>Activation names of published configurations.</summary>
public static class Activations
{
    public static Activation Parse(string name) => name switch
    {
        "relu" => Activation.Relu,
        "gelu" => Activation.Gelu,
        "quick_gelu" => Activation.QuickGelu,
        _ => throw new InvalidDataException($"configuration: unknown hidden_act '{name}'; relu, gelu and quick_gelu are supported"),
    };
}
