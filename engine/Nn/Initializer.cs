namespace SspNative.Engine.Nn;

/// <summary>How a parameter begins in a training from scratch. Its numbers follow from its name, its shape and a seed. <see cref="Init"/> has them.</summary>
public abstract record Initializer
{
    /// <summary>The first values, on a device.</summary>
    public abstract Tensor Create(string name, Shape shape, ulong seed, IDevice device);
}
