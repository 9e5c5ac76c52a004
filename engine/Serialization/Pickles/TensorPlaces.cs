namespace SspNative.Engine.Serialization.Pickles;

/// <summary>The place of a storage in a file.</summary>
/// <param name="Offset">Its first byte.</param>
/// <param name="Length">Its bytes.</param>
/// <param name="Check">Compares its checksum; null where it has none.</param>
internal readonly record struct StoragePlace(long Offset, long Length, StorageCheck? Check = null);

/// <summary>Turns the tensors of a pickle into entries of a file, each checked to lie inside its storage, before anything of it is read.</summary>
/// <param name="file">The file.</param>
/// <param name="find">Where a storage lies; fails where the file lacks it.</param>
internal sealed class TensorPlaces(FileBytes file, Func<PickleStorage, StoragePlace> find)
{
    private const int MostDimensions = 16;

    // Views may overlap, as tied weights do, and repeat elements, as expanded tensors do; so often that they fill a disk they never do.
    private readonly long _most = 8 * file.Length + (64 << 20);

    private long _bytes;

    /// <summary>The entries of named tensors and arrays.</summary>
    /// <exception cref="InvalidDataException">One lies outside its storage, or is too large.</exception>
    public List<TensorEntry> Entries(IReadOnlyDictionary<string, object> tensors) =>
        [.. tensors.Select(t => t.Value is PickleTensor tensor ? Entry(t.Key, tensor) : Entry(t.Key, (PickleArray)t.Value))];

    private TensorEntry Entry(string name, PickleTensor tensor)
    {
        int size = StoredTypes.Find(tensor.Type)!.Value.Size;
        StoragePlace place = find(tensor.Storage);
        int unit = tensor.Storage.Type is { } type ? StoredTypes.Find(type)!.Value.Size : 1;
        if ((Int128)tensor.Storage.Count * unit != place.Length)
            throw Error(
                name, place.Offset, $"claims a storage of {tensor.Storage.Count} elements of {unit} bytes, but the file has {place.Length} bytes of it");
        long start = place.Offset + tensor.Storage.First * unit;
        return Entry(name, tensor.Type, tensor.Dims, tensor.Strides, tensor.First, start, tensor.Storage.Part * unit / size, null) with { Check = place.Check };
    }

    private TensorEntry Entry(string name, PickleArray array)
    {
        if (array.Type is null || array.Bytes is not { } bytes)
            throw Error(name, 0, "is an array without contents");
        var strides = new long[array.Dims.Length];
        Int128 stride = 1;
        for (int i = 0; i < strides.Length; i++)
        {
            int d = array.IsColumnMajor ? i : strides.Length - 1 - i;
            strides[d] = (long)Int128.Min(stride, long.MaxValue);
            stride *= array.Dims[d];
            if (stride < 0 || stride > long.MaxValue)
                throw Error(name, bytes.Offset, "is an array of a shape that is too large");
        }
        int size = StoredTypes.Find(array.Type)!.Value.Size;
        if (stride * size != bytes.Length)
            throw Error(name, bytes.Offset, $"is an array of {stride} elements of {size} bytes, but has {bytes.Length} bytes");
        return Entry(name, array.Type, array.Dims, strides, 0, bytes.Offset, bytes.Length / size, bytes.Decoded);
    }

    private TensorEntry Entry(string name, string type, long[] dims, long[] strides, long first, long start, long available, byte[]? decoded)
    {
        int size = StoredTypes.Find(type)!.Value.Size;
        if (dims.Length != strides.Length || dims.Length > MostDimensions || dims.Any(d => d is < 0 or > int.MaxValue) || strides.Any(s => s < 0) || first < 0)
            throw Error(name, start, "has a shape or strides that no tensor has");
        Int128 count = 1, last = first;
        bool isInOrder = true;
        for (int d = dims.Length - 1; d >= 0; d--)
        {
            isInOrder &= dims[d] <= 1 || strides[d] == count;
            last += (Int128)Math.Max(0, dims[d] - 1) * strides[d];
            // Without those of size 0, so that no part of the shape is too large either.
            count *= Math.Max(1, dims[d]);
            if (count > long.MaxValue || last > long.MaxValue)
                throw Error(name, start, "has a shape that is too large");
        }
        var shape = new Shape([.. dims.Select(d => (int)d)]);
        if (shape.Count == 0)
            return new TensorEntry(name, type, shape, start, 0);
        if (last >= available)
            throw Error(name, start, $"reads up to element {last} of a storage of {available}");
        if (count * size > _most - _bytes)
            throw Error(name, start, $"makes the tensors more than eight times as large as the file");
        _bytes += (long)count * size;
        long span = isInOrder ? (long)count * size : ((long)last - first + 1) * size;
        if (!isInOrder && span > Array.MaxLength)
            throw Error(name, start, "is a view of more than 2 GB");
        return new TensorEntry(name, type, shape, start + first * size, span) { Strides = isInOrder ? null : strides, Decoded = decoded };
    }

    private InvalidDataException Error(string name, long at, string problem) =>
        new($"{file.Path}: byte {at}: tensor {ShownText.Of(name)} {problem}");
}
