using System.Buffers.Binary;

namespace SspNative.Engine.Serialization;

/// <summary>Tells the format of a weight file by its bytes, whatever its name is.</summary>
internal static class TensorFormats
{
    private const int StartLength = 512;

    private static readonly (byte[] Magic, int Offset, string Name)[] _others =
    [
        ([.. "GGUF"u8], 0, "a GGUF file of quantised weights, which llama.cpp and its kin read; a safetensors or PyTorch file of the same model is needed"),
        ([0x89, .. "HDF"u8], 0, "an HDF5 file, as Keras writes; the PyTorch or safetensors file of the same model is needed"),
        ([.. "ustar"u8], 257, "a tar archive; unpack it, or save it again with PyTorch 1.6 or later"),
        ([.. "version https://git-lfs"u8], 0, "a Git LFS pointer in place of the file itself; run 'git lfs pull'"),
        ([.. "<!"u8], 0, "a web page; the download went wrong"),
        ([.. "<html"u8], 0, "a web page; the download went wrong"),
        ([0x1F, 0x8B], 0, "compressed by gzip; unpack it"),
    ];

    /// <summary>Opens a file in its format. The bytes are the file's afterwards.</summary>
    /// <exception cref="InvalidDataException">It is no weight file, or damaged.</exception>
    public static TensorFile Open(FileBytes bytes)
    {
        byte[] start = bytes.Start(StartLength);
        foreach ((byte[] magic, int offset, string name) in _others)
            if (start.Length >= offset + magic.Length && start.AsSpan(offset, magic.Length).SequenceEqual(magic))
                throw new InvalidDataException($"{bytes.Path}: {name}");
        if (IsZip(start))
            return TorchZipFile.Open(bytes);
        if (IsSafetensors(start, bytes.Length))
            return SafetensorsFile.Open(bytes);
        if (IsPickle(start))
            return PickleFile.Open(bytes);
        throw new InvalidDataException($"{bytes.Path}: no weight file: not safetensors, not PyTorch's, not a pickle of arrays");
    }

    /// <summary>Whether a file begins as one of the formats that can be read.</summary>
    public static bool IsLikely(FileBytes bytes)
    {
        byte[] start = bytes.Start(StartLength);
        return IsZip(start) || IsPickle(start) || IsSafetensors(start, bytes.Length);
    }

    /// <summary>Whether it begins as a zip archive, which torch.save writes since 1.6.</summary>
    public static bool IsZip(ReadOnlySpan<byte> start) => start is [(byte)'P', (byte)'K', 3 or 5, 4 or 6, ..];

    /// <summary>Whether it begins as a pickle of protocol 2 to 5.</summary>
    public static bool IsPickle(ReadOnlySpan<byte> start) => start is [0x80, >= 2 and <= 5, ..];

    private static bool IsSafetensors(ReadOnlySpan<byte> start, long length)
    {
        if (start.Length < SafetensorsHeader.PrefixLength)
            return false;
        ulong header = BinaryPrimitives.ReadUInt64LittleEndian(start);
        return header <= (ulong)(length - SafetensorsHeader.PrefixLength)
            ? header == 0 || start[SafetensorsHeader.PrefixLength] is (byte)'{' or (byte)' '
            : start.Length > SafetensorsHeader.PrefixLength && start[SafetensorsHeader.PrefixLength] == '{' && !IsPickle(start);
    }
}
