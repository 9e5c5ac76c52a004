namespace SspNative.Engine.Serialization;

/// <summary>One tensor of a weight file, as the file describes it.</summary>
/// <param name="Name">The tensor's name.</param>
/// <param name="StoredType">The element type in the file, by the name that safetensors has for it: <c>F32</c>, <c>BF16</c>, <c>BOOL</c>, …</param>
/// <param name="Shape">The dimensions, outermost first.</param>
/// <param name="Offset">Where its first element lies, counted from the start of the file.</param>
/// <param name="ByteLength">How many bytes there are from its first to behind its last element.</param>
public sealed record TensorEntry(string Name, string StoredType, Shape Shape, long Offset, long ByteLength)
{
    /// <summary>Elements between neighbours of each dimension; null where the elements lie in order without gaps.</summary>
    internal long[]? Strides { get; init; }

    /// <summary>The bytes, where the file holds them in another form, as text; <see cref="Offset"/> counts in them.</summary>
    internal byte[]? Decoded { get; init; }

    /// <summary>
    /// Checks the bytes around it, a storage of a PyTorch file, the first time that something of them is read; null where nothing is known of them.
    /// </summary>
    internal StorageCheck? Check { get; init; }

    /// <summary>The element type of the tensor that reading it makes.</summary>
    public DType DType => StoredTypes.Find(StoredType)!.Value.Memory;

    /// <summary>The bytes of an element in the file.</summary>
    internal int ElementSize => StoredTypes.Find(StoredType)!.Value.Size;

    /// <summary>Some of the rows, which are the first dimension, as a tensor of their own.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="first">The first row.</param>
    /// <param name="count">How many, at least one.</param>
    public TensorEntry Rows(string name, int first, int count)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(first);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(count);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(first, Shape[0] - count);
        long row = Strides?[0] ?? Shape.CountOf(1, Shape.Rank);
        return this with
        {
            Name = name,
            Shape = new Shape([count, .. ((int[])[.. Shape])[1..]]),
            Offset = Offset + first * row * ElementSize,
            ByteLength = ByteLength - (Shape[0] - count) * row * ElementSize,
        };
    }
}

/// <summary>The element types that can be read, with their sizes and what they become in memory.</summary>
internal static class StoredTypes
{
    public static (int Size, DType Memory)? Find(string storedType) => storedType switch
    {
        "F64" => (8, DType.F32),
        "F32" => (4, DType.F32),
        "F16" or "BF16" => (2, DType.F32),
        "F8_E4M3" or "F8_E5M2" => (1, DType.F32),
        "I64" => (8, DType.I64),
        "I32" or "U32" => (4, DType.I64),
        "I16" or "U16" => (2, DType.I64),
        "I8" => (1, DType.I64),
        "U8" or "BOOL" => (1, DType.U8),
        _ => null,
    };
}
