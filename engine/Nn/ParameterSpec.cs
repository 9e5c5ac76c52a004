namespace SspNative.Engine.Nn;

/// <summary>What a layer says of a parameter when it asks for it.</summary>
/// <param name="Name">Its published name.</param>
/// <param name="Shape">Its shape.</param>
/// <param name="Initializer">How it begins where no file has it.</param>
/// <param name="Role">What it is in a training that builds on a pretrained model.</param>
public sealed record ParameterSpec(string Name, Shape Shape, Initializer Initializer, Role Role)
{
    /// <summary>
    /// Whether it may be stored in half the memory where nothing is trained: it is large, and what reads it, a matrix product or a table, widens it.
    /// </summary>
    public bool MayBeBFloat16 { get; init; }

    /// <summary>Whether it may be packed where nothing is trained (<see cref="Ops.Pack"/>): linear layers alone read it.</summary>
    public bool MayBePacked { get; init; }
}
