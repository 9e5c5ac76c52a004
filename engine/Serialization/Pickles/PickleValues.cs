namespace SspNative.Engine.Serialization.Pickles;

// What a pickle holds, as data. Numbers are long or double, texts string, None null; lists are List<object?>.

/// <summary>A tuple.</summary>
internal sealed record PickleTuple(object?[] Items);

/// <summary>A dictionary, its entries in the order in which they were set.</summary>
internal sealed class PickleDictionary
{
    public List<(object? Key, object? Value)> Entries { get; } = [];
}

/// <summary>Bytes that lie in the pickle, or the decoded form of a text.</summary>
/// <param name="Offset">Where they begin, in the pickle or in <paramref name="Decoded"/>.</param>
internal sealed record PickleBytes(long Offset, long Length, byte[]? Decoded = null);

/// <summary>A name of a module, of which the machine knows what it means.</summary>
internal sealed record PickleGlobal(string Module, string Name)
{
    public override string ToString() => ShownText.Of($"{Module}.{Name}", 80);
}

/// <summary>A whole number that is longer than 64 bits, little-endian.</summary>
internal sealed record PickleLong(byte[] Bytes);

/// <summary>A value that is of no use to a reader of weights: a device, an element type, a scalar.</summary>
internal sealed record PickleOpaque(string What);

/// <summary>Elements that tensors view.</summary>
/// <param name="Key">What the file calls it.</param>
/// <param name="Type">The element type; null for bytes without a type.</param>
/// <param name="Count">Elements, or bytes without a type.</param>
/// <param name="First">The first element of the part that tensors count from.</param>
/// <param name="Part">Elements of that part: all, but for views of files before 2018.</param>
internal sealed record PickleStorage(string Key, string? Type, long Count, long First, long Part);

/// <summary>A tensor.</summary>
/// <param name="Storage">Where its elements lie.</param>
/// <param name="Type">The element type.</param>
/// <param name="First">Its first element in the storage.</param>
/// <param name="Dims">Its dimensions.</param>
/// <param name="Strides">Elements between neighbours of each dimension.</param>
internal sealed record PickleTensor(PickleStorage Storage, string Type, long First, long[] Dims, long[] Strides);

/// <summary>An element type of NumPy.</summary>
/// <param name="Code">As <c>f4</c>.</param>
internal sealed record PickleElementType(string Code)
{
    public bool IsBigEndian { get; set; }
}

/// <summary>An array of NumPy, whose contents a later opcode sets.</summary>
internal sealed class PickleArray
{
    public long[] Dims { get; set; } = [];

    public string? Type { get; set; }

    public bool IsColumnMajor { get; set; }

    public PickleBytes? Bytes { get; set; }
}
