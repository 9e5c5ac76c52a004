using System.Buffers;
using System.Buffers.Binary;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace SspNative.Engine.Serialization;

/// <summary>
/// An open safetensors file: opening it reads and checks the header alone, tensors are read one by one and in pieces. The whole
/// header is checked on opening, so a damaged file is refused before anything is taken from it.
/// </summary>
/// <remarks>
/// The format: https://github.com/huggingface/safetensors (little-endian, row-major). The file is read, not mapped: where somebody
/// cuts a mapped file short, touching what is gone ends the process.
/// </remarks>
public sealed class SafetensorsFile : IDisposable
{
    private const int ChunkBytes = 1 << 20;

    private readonly Dictionary<string, SafetensorsEntry> _byName;
    private readonly FileStream _stream;

    private SafetensorsFile(string path, SafetensorsHeader header, FileStream stream)
    {
        Path = path;
        Metadata = header.Metadata;
        Entries = header.Entries;
        _byName = header.Entries.ToDictionary(e => e.Name);
        _stream = stream;
    }

    public string Path { get; }

    /// <summary>The strings of <c>__metadata__</c>.</summary>
    public IReadOnlyDictionary<string, string> Metadata { get; }

    /// <summary>The tensors, in the order of their data.</summary>
    public IReadOnlyList<SafetensorsEntry> Entries { get; }

    /// <summary>Opens and checks a file.</summary>
    /// <exception cref="InvalidDataException">It is no safetensors file; says what is wrong, where.</exception>
    /// <exception cref="IOException">It cannot be read.</exception>
    public static SafetensorsFile Open(string path)
    {
        FileStream stream = RegularFile.Open(path);
        try
        {
            return new SafetensorsFile(path, ReadHeader(path, stream), stream);
        }
        catch
        {
            stream.Dispose();
            throw;
        }
    }

    /// <summary>The tensor's description, or null when the file has none of that name.</summary>
    public SafetensorsEntry? Find(string name) => _byName.GetValueOrDefault(name);

    /// <summary>
    /// Reads a tensor to a device. F64, F16 and BF16 become F32, I32 becomes I64, BOOL becomes U8.
    /// </summary>
    /// <exception cref="KeyNotFoundException">The file has no tensor of that name.</exception>
    public Tensor Read(string name, IDevice device)
    {
        SafetensorsEntry entry = this[name];
        Tensor tensor = Tensor.Empty(entry.Shape, device, entry.DType);
        switch (entry.DType)
        {
            case DType.F32:
                CopyTo(entry, tensor, new float[ChunkLength<float>(entry)]);
                break;
            case DType.I64:
                CopyTo(entry, tensor, new long[ChunkLength<long>(entry)]);
                break;
            default:
                CopyTo(entry, tensor, new byte[ChunkLength<byte>(entry)]);
                break;
        }
        return tensor;
    }

    /// <summary>Reads a floating-point tensor to the host, as float32.</summary>
    public float[] ReadFloats(string name) => ReadAll<float>(name, DType.F32);

    /// <summary>Reads an integer tensor to the host.</summary>
    public long[] ReadLongs(string name) => ReadAll<long>(name, DType.I64);

    /// <summary>Reads a mask to the host.</summary>
    public byte[] ReadBytes(string name) => ReadAll<byte>(name, DType.U8);

    public void Dispose() => _stream.Dispose();

    private SafetensorsEntry this[string name] =>
        Find(name) ?? throw new KeyNotFoundException($"{Path}: there is no tensor {name}");

    private static SafetensorsHeader ReadHeader(string path, FileStream stream)
    {
        long length = stream.Length;
        if (length < SafetensorsHeader.PrefixLength)
            throw new InvalidDataException(
                $"{path}: {length} bytes are too few for a safetensors file, which begins with the 8-byte length of its header");
        byte[] start = new byte[Math.Min(length, SafetensorsHeader.PrefixLength + 1)];
        ReadAt(path, stream, 0, start);
        RequireSafetensors(path, start);
        ulong headerLength = BinaryPrimitives.ReadUInt64LittleEndian(start);
        bool isCut = headerLength > (ulong)(length - SafetensorsHeader.PrefixLength);
        if (isCut && start[^1] != '{')
            throw new InvalidDataException($"{path}: not a safetensors file");
        if (isCut)
            throw new InvalidDataException(
                $"{path}: bytes 0 to 8 announce a header of {headerLength} bytes, but the file has {length}; it is cut or no safetensors file");
        if (headerLength > SafetensorsHeader.MaximumLength)
            throw new InvalidDataException(
                $"{path}: bytes 0 to 8 announce a header of {headerLength} bytes; "
                + $"more than {SafetensorsHeader.MaximumLength} are refused");
        var json = new byte[headerLength];
        ReadAt(path, stream, SafetensorsHeader.PrefixLength, json);
        var header = new SafetensorsHeader(path, SafetensorsHeader.PrefixLength + (long)headerLength, length);
        header.Parse(json);
        return header;
    }

    /// <summary>Names the formats that people take for safetensors.</summary>
    private static void RequireSafetensors(string path, ReadOnlySpan<byte> start)
    {
        // A zip archive, which torch.save writes, or a pickle of protocol 2 to 5, which it wrote before.
        if (start is [(byte)'P', (byte)'K', 3, 4, .., not (byte)'{'] or [0x80, >= 2 and <= 5, .., not (byte)'{'])
            throw new InvalidDataException(
                $"{path}: a PyTorch file (.bin, .pt or .pth), which cannot be read yet; convert it to safetensors, "
                + "for example with safetensors.torch.save_file");
    }

    private static void ReadAt(string path, FileStream stream, long offset, Span<byte> bytes)
    {
        for (int read = 0; read < bytes.Length;)
        {
            int count = RandomAccess.Read(stream.SafeFileHandle, bytes[read..], offset + read);
            if (count == 0)
                throw new InvalidDataException($"{path}: the file has become shorter while it was read: it ends at byte {offset + read}");
            read += count;
        }
    }

    private static int ChunkLength<T>(SafetensorsEntry entry) where T : unmanaged =>
        (int)Math.Min(entry.Shape.Count, ChunkBytes / Unsafe.SizeOf<T>());

    private void CopyTo<T>(SafetensorsEntry entry, Tensor tensor, T[] chunk) where T : unmanaged
    {
        for (long first = 0; first < entry.Shape.Count; first += chunk.Length)
        {
            Span<T> part = chunk.AsSpan(0, (int)Math.Min(chunk.Length, entry.Shape.Count - first));
            ReadPart(entry, first, part);
            tensor.Device.CopyFromHost(MemoryMarshal.AsBytes(part), tensor.Buffer, first * Unsafe.SizeOf<T>());
        }
    }

    private T[] ReadAll<T>(string name, DType dtype) where T : unmanaged
    {
        SafetensorsEntry entry = this[name];
        if (entry.DType != dtype)
            throw new InvalidDataException($"{Path}: tensor {name} is {entry.StoredType}, which cannot be read as {dtype}");
        if (entry.Shape.Count > Array.MaxLength)
            throw new InvalidDataException($"{Path}: tensor {name} {entry.Shape} is too large for one array");
        var values = new T[entry.Shape.Count];
        int step = Math.Max(1, ChunkLength<T>(entry));
        for (int first = 0; first < values.Length; first += step)
            ReadPart<T>(entry, first, values.AsSpan(first, Math.Min(step, values.Length - first)));
        return values;
    }

    // The part is one chunk at most, so the raw bytes fit a small pooled array.
    private void ReadPart<T>(SafetensorsEntry entry, long first, Span<T> part) where T : unmanaged
    {
        int size = SafetensorsTypes.Find(entry.StoredType)!.Value.Size;
        byte[] rented = ArrayPool<byte>.Shared.Rent(part.Length * size);
        try
        {
            Span<byte> raw = rented.AsSpan(0, part.Length * size);
            ReadAt(Path, _stream, entry.Offset + first * size, raw);
            ElementConversion.Decode(entry.StoredType, raw, MemoryMarshal.AsBytes(part));
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(rented);
        }
    }
}
