using System.Buffers.Binary;

namespace SspNative.Engine.Serialization;

/// <summary>An open safetensors file. Opening it reads and checks the header alone.</summary>
/// <remarks>The format: https://github.com/huggingface/safetensors (little-endian, row-major).</remarks>
public sealed class SafetensorsFile : TensorFile
{
    private SafetensorsFile(FileBytes bytes, SafetensorsHeader header)
        : base(bytes, header.Entries) => Metadata = header.Metadata;

    public override string Format => "safetensors";

    /// <summary>Opens and checks a file.</summary>
    /// <exception cref="InvalidDataException">It is no safetensors file; says what is wrong, where.</exception>
    /// <exception cref="IOException">It cannot be read.</exception>
    public static new SafetensorsFile Open(string path)
    {
        var bytes = new FileBytes(path);
        try
        {
            return Open(bytes);
        }
        catch
        {
            bytes.Dispose();
            throw;
        }
    }

    internal static SafetensorsFile Open(FileBytes bytes)
    {
        (string path, long length) = (bytes.Path, bytes.Length);
        if (length < SafetensorsHeader.PrefixLength)
            throw new InvalidDataException(
                $"{path}: {length} bytes are too few for a safetensors file, which begins with the 8-byte length of its header");
        byte[] start = bytes.Start(SafetensorsHeader.PrefixLength + 1);
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
        bytes.Read(SafetensorsHeader.PrefixLength, json);
        var header = new SafetensorsHeader(path, SafetensorsHeader.PrefixLength + (long)headerLength, length);
        header.Parse(json);
        return new SafetensorsFile(bytes, header);
    }

    /// <summary>Names the formats that people take for safetensors.</summary>
    private static void RequireSafetensors(string path, ReadOnlySpan<byte> start)
    {
        if (TensorFormats.IsZip(start) || (TensorFormats.IsPickle(start) && start[^1] != '{'))
            throw new InvalidDataException($"{path}: a PyTorch file (.bin, .pt or .pth), which does not serve here; convert it to safetensors");
    }
}
