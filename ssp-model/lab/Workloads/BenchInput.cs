namespace SspNative.Lab.Workloads;

/// <summary>What an input holds.</summary>
internal enum BenchValues
{
    /// <summary>Numbers in −1 … 1.</summary>
    Random,

    /// <summary>Numbers in 0 … 1.</summary>
    Fractions,

    /// <summary>Bytes, a random half of which is 1.</summary>
    HalfMask,
}

/// <summary>An input of a case: seeded, outliving every scope; on a <see cref="CountingDevice"/> a mere shape.</summary>
internal sealed record BenchInput(Shape Shape, BenchValues Values)
{
    public static BenchInput Random(params int[] shape) => new(new Shape(shape), BenchValues.Random);

    public static BenchInput Fractions(params int[] shape) => new(new Shape(shape), BenchValues.Fractions);

    public static BenchInput HalfMask(params int[] shape) => new(new Shape(shape), BenchValues.HalfMask);

    public Tensor Make(string name, IDevice device)
    {
        if (device is CountingDevice)
            return TensorScope.Unowned(Tensor.Empty(Shape, device, Values == BenchValues.HalfMask ? DType.U8 : DType.F32));
        if (Values != BenchValues.HalfMask)
        {
            (float middle, float reach) = Values == BenchValues.Random ? (0f, 1f) : (0.5f, 0.5f);
            return TensorScope.Unowned(NamedStream.Uniform(name, Shape, 1, middle, reach, device));
        }
        var random = new Random(1);
        byte[] blocked = new byte[Shape.Count];
        for (int i = 0; i < blocked.Length; i++)
            blocked[i] = (byte)random.Next(2);
        return TensorScope.Unowned(Tensor.FromArray(blocked, Shape, device));
    }
}
