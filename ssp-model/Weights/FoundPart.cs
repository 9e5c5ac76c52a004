using SspNative.Engine.Serialization;

namespace SspNative.Model.Weights;

/// <summary>A part in a checkpoint.</summary>
/// <param name="Part">The part.</param>
/// <param name="Network">Where it is.</param>
/// <param name="Prefix">What the checkpoint's names have in place of the model's prefix.</param>
public sealed record FoundPart(ModelPart Part, NetworkFile Network, string Prefix)
{
    /// <summary>The checkpoint's tensor for a parameter of the model; null where it has none.</summary>
    public (TensorFile File, TensorEntry Entry)? Find(string name)
    {
        string stored = StoredName(name);
        return Network.Find(stored) ?? (OldName(stored) is { } old ? Network.Find(old) : null);
    }

    /// <summary>The checkpoint's name of a parameter of the model.</summary>
    public string StoredName(string name) => Prefix + name[Part.Prefix.Length..];

    /// <summary>Dimensions of a parameter; null where there is none.</summary>
    internal Shape? ShapeOf(string name) => Find(name)?.Entry.Shape;

    // BERT of 2018 has TensorFlow's names.
    private static string? OldName(string name) =>
        name.EndsWith("LayerNorm.weight", StringComparison.Ordinal) ? $"{name[..^"weight".Length]}gamma"
        : name.EndsWith("LayerNorm.bias", StringComparison.Ordinal) ? $"{name[..^"bias".Length]}beta"
        : null;
}
