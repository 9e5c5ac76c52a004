namespace SspNative.Engine.Nn;

/// <summary>What a parameter is in a training that builds on a pretrained model: trainings choose by it what they change.</summary>
public enum Role
{
    /// <summary>A part of the model itself, which pretrained files have.</summary>
    Base,

    /// <summary>A small layer inside a pretrained backbone, which adapts it.</summary>
    Adapter,

    /// <summary>What a task adds: its heads, its queries, and what joins in other inputs.</summary>
    Head,
}
