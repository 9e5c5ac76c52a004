using System.Buffers.Binary;
using SspNative.Engine.Serialization.Pickles;

namespace SspNative.Engine.Serialization;

/// <summary>
/// A weight file that is a bare pickle: a dictionary of NumPy's arrays, as detectron2 writes; or what torch.save wrote before PyTorch 1.6, some
/// pickles and then the storages.
/// </summary>
internal sealed class PickleFile : TensorFile
{
    // The number that torch.save began its files with.
    private static readonly byte[] _magic = [0x6C, 0xFC, 0x9C, 0x46, 0xF9, 0x20, 0x6A, 0xA8, 0x50, 0x19];

    private const long LegacyProtocol = 1001;

    private PickleFile(FileBytes file, string format, List<TensorEntry> entries)
        : base(file, entries) => Format = format;

    public override string Format { get; }

    internal static PickleFile Open(FileBytes file)
    {
        var stream = new PickleStream(file, 0, file.Length);
        object? first = PickleMachine.Read(stream);
        return first is PickleLong magic && magic.Bytes.AsSpan().SequenceEqual(_magic) ? Legacy(file, stream) : Plain(file, first);
    }

    private static PickleFile Plain(FileBytes file, object? root)
    {
        var places = new TensorPlaces(file, storage => throw new InvalidDataException(
            $"{file.Path}: the storage {ShownText.Of(storage.Key, 40)} is missing: a part of a PyTorch file, without the rest"));
        return new PickleFile(file, "pickle", places.Entries(StateDict.Find(root, file.Path)));
    }

    private static PickleFile Legacy(FileBytes file, PickleStream stream)
    {
        long at = stream.Position;
        if (PickleMachine.Read(stream) is not LegacyProtocol)
            throw stream.Error(at, $"has another protocol than PyTorch's {LegacyProtocol}");
        at = stream.Position;
        if (PickleMachine.Read(stream) is not PickleDictionary system || system.Entries.Any(e => e is ("little_endian", false)))
            throw stream.Error(at, "says that the file was written by a big-endian machine");
        var storages = new List<PickleStorage>();
        IReadOnlyDictionary<string, object> tensors = StateDict.Find(PickleMachine.Read(stream, storages), file.Path);
        at = stream.Position;
        if (PickleMachine.Read(stream) is not List<object?> keys)
            throw stream.Error(at, "has no list of storages");
        Dictionary<string, StoragePlace> places = Storages(file, stream.Position, keys, storages);
        var entries = new TensorPlaces(file, storage => places.TryGetValue(storage.Key, out StoragePlace place)
            ? place
            : throw new InvalidDataException($"{file.Path}: byte {at}: the storage {ShownText.Of(storage.Key, 40)} is missing"));
        return new PickleFile(file, "PyTorch legacy", entries.Entries(tensors));
    }

    // One after the other, each behind its number of elements.
    private static Dictionary<string, StoragePlace> Storages(FileBytes file, long position, List<object?> keys, List<PickleStorage> storages)
    {
        var sizes = new Dictionary<string, int>();
        foreach (PickleStorage storage in storages)
            if (storage.Type is { } type)
                sizes[storage.Key] = StoredTypes.Find(type)!.Value.Size;
        var places = new Dictionary<string, StoragePlace>();
        Span<byte> number = stackalloc byte[sizeof(long)];
        foreach (object? key in keys)
        {
            if (key is not string name || !sizes.TryGetValue(name, out int size))
                throw new InvalidDataException($"{file.Path}: byte {position} begins a storage that the pickle before it does not know");
            if (position > file.Length - number.Length)
                throw new InvalidDataException(
                    $"{file.Path}: byte {position} should begin the storage {ShownText.Of(name, 40)}, but the file ends at byte {file.Length}");
            file.Read(position, number);
            long count = BinaryPrimitives.ReadInt64LittleEndian(number);
            position += number.Length;
            if (count < 0 || count > (file.Length - position) / size)
                throw new InvalidDataException(
                    $"{file.Path}: byte {position} begins a storage of {count} elements of {size} bytes, but the file ends at byte {file.Length}");
            places[name] = new StoragePlace(position, count * size);
            position += count * size;
        }
        return places;
    }
}
