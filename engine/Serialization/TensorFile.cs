using System.Buffers;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace SspNative.Engine.Serialization;

/// <summary>
/// An open weight file of any format: opening it reads and checks what describes the tensors, and they are read one by one and in pieces.
/// A damaged file is refused before anything is taken from it.
/// </summary>
/// <remarks>
/// The file is read where a tensor lies, not mapped: where somebody cuts a mapped file short, touching what is gone ends the process.
/// </remarks>
public abstract class TensorFile : IDisposable
{
    private const int ChunkBytes = 1 << 20;

    private readonly Dictionary<string, TensorEntry> _byName;
    private readonly FileBytes _bytes;

    private protected TensorFile(FileBytes bytes, IReadOnlyList<TensorEntry> entries)
    {
        _bytes = bytes;
        Entries = entries;
        _byName = entries.ToDictionary(e => e.Name);
    }

    public string Path => _bytes.Path;

    /// <summary>The format, for people: <c>safetensors</c>, <c>PyTorch zip</c>, <c>PyTorch legacy</c>, <c>pickle</c>.</summary>
    public abstract string Format { get; }

    /// <summary>What the file says of itself, key by key; empty for formats that say nothing.</summary>
    public IReadOnlyDictionary<string, string> Metadata { get; protected init; } = new Dictionary<string, string>();

    /// <summary>The tensors, in the order of the file.</summary>
    public IReadOnlyList<TensorEntry> Entries { get; }

    /// <summary>Length of the file in bytes.</summary>
    public long Length => _bytes.Length;

    /// <summary>Opens and checks a weight file; its bytes tell the format.</summary>
    /// <exception cref="InvalidDataException">It is no weight file, or damaged, or asks to run something; says where.</exception>
    /// <exception cref="IOException">It cannot be read.</exception>
    public static TensorFile Open(string path)
    {
        var bytes = new FileBytes(path);
        try
        {
            return TensorFormats.Open(bytes);
        }
        catch
        {
            bytes.Dispose();
            throw;
        }
    }

    /// <summary>Whether a file begins as one of the formats that can be read.</summary>
    public static bool IsLikely(string path)
    {
        try
        {
            using var bytes = new FileBytes(path);
            return TensorFormats.IsLikely(bytes);
        }
        catch (Exception e) when (e is InvalidDataException or IOException or UnauthorizedAccessException)
        {
            return false;
        }
    }

    /// <summary>The tensor's description, or null when the file has none of that name.</summary>
    public TensorEntry? Find(string name) => _byName.GetValueOrDefault(name);

    /// <summary>
    /// Reads a tensor to a device. F64, F16, BF16 and F8 become F32; I32, I16, I8, U32 and U16 become I64; BOOL becomes U8.
    /// </summary>
    /// <exception cref="KeyNotFoundException">The file has no tensor of that name.</exception>
    public Tensor Read(string name, IDevice device) => Read(this[name], device);

    /// <summary>Reads a tensor of this file, or rows of one, to a device.</summary>
    public Tensor Read(TensorEntry entry, IDevice device)
    {
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

    public void Dispose() => _bytes.Dispose();

    private TensorEntry this[string name] =>
        Find(name) ?? throw new KeyNotFoundException($"{Path}: there is no tensor {name}");

    private static int ChunkLength<T>(TensorEntry entry) where T : unmanaged =>
        (int)Math.Min(entry.Shape.Count, ChunkBytes / Unsafe.SizeOf<T>());

    private void CopyTo<T>(TensorEntry entry, Tensor tensor, T[] chunk) where T : unmanaged
    {
        entry.Check?.Require();
        var elements = new StoredElements(_bytes, entry);
        for (long first = 0; first < entry.Shape.Count; first += chunk.Length)
        {
            Span<T> part = chunk.AsSpan(0, (int)Math.Min(chunk.Length, entry.Shape.Count - first));
            ReadPart(elements, entry, first, part);
            tensor.Device.CopyFromHost(MemoryMarshal.AsBytes(part), tensor.Buffer, first * Unsafe.SizeOf<T>());
        }
    }

    private T[] ReadAll<T>(string name, DType dtype) where T : unmanaged
    {
        TensorEntry entry = this[name];
        if (entry.DType != dtype)
            throw new InvalidDataException($"{Path}: tensor {name} is {entry.StoredType}, which cannot be read as {dtype}");
        if (entry.Shape.Count > Array.MaxLength)
            throw new InvalidDataException($"{Path}: tensor {name} {entry.Shape} is too large for one array");
        var values = new T[entry.Shape.Count];
        entry.Check?.Require();
        var elements = new StoredElements(_bytes, entry);
        int step = Math.Max(1, ChunkLength<T>(entry));
        for (int first = 0; first < values.Length; first += step)
            ReadPart<T>(elements, entry, first, values.AsSpan(first, Math.Min(step, values.Length - first)));
        return values;
    }

    // The part is one chunk at most, so the raw bytes fit a small pooled array.
    private static void ReadPart<T>(StoredElements elements, TensorEntry entry, long first, Span<T> part) where T : unmanaged
    {
        int length = part.Length * entry.ElementSize;
        byte[] rented = ArrayPool<byte>.Shared.Rent(length);
        try
        {
            Span<byte> raw = rented.AsSpan(0, length);
            elements.Read(first, raw);
            ElementConversion.Decode(entry.StoredType, raw, MemoryMarshal.AsBytes(part));
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(rented);
        }
    }
}
