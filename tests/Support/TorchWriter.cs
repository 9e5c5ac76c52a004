using System.Buffers.Binary;
using System.Text;

namespace SspNative.Tests.Support;

/// <summary>A tensor for <see cref="TorchWriter"/>.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Storage">The class of its storage in torch, as <c>FloatStorage</c>.</param>
/// <param name="Shape">Its shape.</param>
/// <param name="Bytes">Its elements; null leaves a hole of zeros in the file, which takes no room on the disk.</param>
internal sealed record TorchTensor(string Name, string Storage, int[] Shape, byte[]? Bytes)
{
    public long Count => Shape.Aggregate(1L, (a, d) => a * d);

    public int ElementSize => Storage switch
    {
        "DoubleStorage" or "LongStorage" => 8,
        "HalfStorage" or "BFloat16Storage" or "ShortStorage" => 2,
        "FloatStorage" or "IntStorage" => 4,
        _ => 1,
    };

    public long Length => Count * ElementSize;

    /// <summary>A tensor of floats.</summary>
    public static TorchTensor Of(string name, int[] shape, float[] values)
    {
        byte[] bytes = new byte[values.Length * sizeof(float)];
        Buffer.BlockCopy(values, 0, bytes, 0, bytes.Length);
        return new TorchTensor(name, "FloatStorage", shape, bytes);
    }
}

/// <summary>Writes state dicts as torch.save does: the zip archive of PyTorch 1.6 and later, and the stream of pickles before it.</summary>
internal static class TorchWriter
{
    /// <summary>A zip archive of a pickle and stored, aligned storages.</summary>
    /// <param name="path">The file.</param>
    /// <param name="tensors">What it holds.</param>
    /// <param name="wrapper">The key of a dictionary around it, as <c>state_dict</c>; null for none.</param>
    public static void Zip(string path, IReadOnlyList<TorchTensor> tensors, string? wrapper = null)
    {
        using FileStream file = File.Create(path);
        var directory = new MemoryStream();
        int entries = 0;
        Add("archive/data.pkl", StateDict(tensors, wrapper, legacy: false), null);
        for (int i = 0; i < tensors.Count; i++)
            Add($"archive/data/{i}", tensors[i].Bytes, tensors[i].Length);
        Add("archive/version", "3\n"u8.ToArray(), null);
        long start = file.Position;
        file.Write(directory.ToArray());
        Write(file, 0x06054B50u, (ushort)0, (ushort)0, (ushort)entries, (ushort)entries, (uint)directory.Length, (uint)start, (ushort)0);

        void Add(string name, byte[]? bytes, long? hole)
        {
            long local = file.Position, length = bytes?.Length ?? hole!.Value;
            byte[] title = Encoding.UTF8.GetBytes(name);
            int padding = (int)((64 - (local + 30 + title.Length + 4) % 64) % 64);
            Write(file, 0x04034B50u, (ushort)0, (ushort)0, (ushort)0, 0u, 0u, (uint)length, (uint)length, (ushort)title.Length, (ushort)(padding + 4));
            file.Write(title);
            Write(file, (ushort)0x4246, (ushort)padding);
            file.Write(new byte[padding]);
            WriteOrSkip(file, bytes, length);
            Write(
                directory, 0x02014B50u, (ushort)0, (ushort)0, (ushort)0, (ushort)0, 0u, 0u, (uint)length, (uint)length, (ushort)title.Length,
                (ushort)0, (ushort)0, (ushort)0, (ushort)0, 0u, (uint)local);
            directory.Write(title);
            entries++;
        }
    }

    /// <summary>The stream of pickles and storages of PyTorch before 1.6.</summary>
    public static void Legacy(string path, IReadOnlyList<TorchTensor> tensors, string? wrapper = null)
    {
        using FileStream file = File.Create(path);
        file.Write([0x80, 2, 0x8A, 10, 0x6C, 0xFC, 0x9C, 0x46, 0xF9, 0x20, 0x6A, 0xA8, 0x50, 0x19, (byte)'.']);
        file.Write([0x80, 2, (byte)'M', 0xE9, 0x03, (byte)'.']);
        file.Write([0x80, 2, (byte)'}', .. Text("little_endian"), 0x88, (byte)'s', (byte)'.']);
        file.Write(StateDict(tensors, wrapper, legacy: true));
        file.Write([0x80, 2, (byte)']', (byte)'(', .. Enumerable.Range(0, tensors.Count).SelectMany(i => Text($"{i}")), (byte)'e', (byte)'.']);
        foreach (TorchTensor tensor in tensors)
        {
            Write(file, (ulong)tensor.Count);
            WriteOrSkip(file, tensor.Bytes, tensor.Length);
        }
        file.SetLength(file.Position);
    }

    private static byte[] StateDict(IReadOnlyList<TorchTensor> tensors, string? wrapper, bool legacy)
    {
        var pickle = new MemoryStream();
        pickle.Write([0x80, 2]);
        if (wrapper is not null)
            pickle.Write([(byte)'}', .. Text("epoch"), (byte)'K', 7, (byte)'s', .. Text(wrapper)]);
        pickle.Write([.. Global("collections", "OrderedDict"), (byte)')', (byte)'R', (byte)'(']);
        for (int i = 0; i < tensors.Count; i++)
        {
            TorchTensor tensor = tensors[i];
            pickle.Write([.. Text(tensor.Name), .. Global("torch._utils", "_rebuild_tensor_v2"), (byte)'(', (byte)'(', .. Text("storage")]);
            pickle.Write(
                [
                    .. Global("torch", tensor.Storage), .. Text($"{i}"), .. Text("cuda:0"), .. Integer(tensor.Count), .. legacy ? "N"u8.ToArray() : [],
                    (byte)'t', (byte)'Q',
                ]);
            pickle.Write([.. Integer(0), (byte)'(', .. tensor.Shape.SelectMany(d => Integer(d)), (byte)'t', (byte)'(']);
            pickle.Write([.. tensor.Shape.Select((_, d) => tensor.Shape.Skip(d + 1).Aggregate(1L, (a, b) => a * b)).SelectMany(Integer), (byte)'t', 0x89]);
            pickle.Write([.. Global("collections", "OrderedDict"), (byte)')', (byte)'R', (byte)'t', (byte)'R']);
        }
        pickle.Write([(byte)'u', .. wrapper is null ? [] : "s"u8.ToArray(), (byte)'.']);
        return pickle.ToArray();
    }

    private static byte[] Text(string text) => [(byte)'X', .. BitConverter.GetBytes(Encoding.UTF8.GetByteCount(text)), .. Encoding.UTF8.GetBytes(text)];

    private static byte[] Global(string module, string name) => [(byte)'c', .. Encoding.UTF8.GetBytes($"{module}\n{name}\n")];

    private static byte[] Integer(long value) =>
        value <= int.MaxValue ? [(byte)'J', .. BitConverter.GetBytes((int)value)] : [0x8A, 8, .. BitConverter.GetBytes(value)];

    private static void WriteOrSkip(FileStream file, byte[]? bytes, long length)
    {
        if (bytes is null)
            file.Seek(length, SeekOrigin.Current);
        else
            file.Write(bytes);
    }

    private static void Write(Stream stream, params object[] numbers)
    {
        Span<byte> bytes = stackalloc byte[8];
        foreach (object number in numbers)
        {
            ulong value = Convert.ToUInt64(number, System.Globalization.CultureInfo.InvariantCulture);
            BinaryPrimitives.WriteUInt64LittleEndian(bytes, value);
            stream.Write(bytes[..(number switch { ushort => 2, uint => 4, _ => 8 })]);
        }
    }
}
