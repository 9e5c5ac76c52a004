using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Text;

namespace SspNative.Engine.Serialization;

/// <summary>
/// Reads files that people name, and regular files alone: a named pipe blocks whoever opens it until somebody writes, and a
/// device may never end. Whole files are read up to a limit that the caller states.
/// </summary>
public static class RegularFile
{
    private static readonly UTF8Encoding _utf8 = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    /// <summary>Checks that a file is there and is a regular one, without opening it.</summary>
    /// <exception cref="FileNotFoundException">There is no such file.</exception>
    /// <exception cref="InvalidDataException">It is a folder, pipe, socket or device.</exception>
    public static void Require(string path)
    {
        if (Directory.Exists(path))
            throw new InvalidDataException($"{path}: is a folder, not a file");
        if (!File.Exists(path))
            throw new FileNotFoundException($"{path}: no such file");
        if (OperatingSystem.IsLinux() && LinuxFileType.IsSpecial(path))
            throw NotRegular(path);
    }

    /// <summary>Opens a file for reading, unbuffered.</summary>
    /// <exception cref="FileNotFoundException">There is no such file.</exception>
    /// <exception cref="InvalidDataException">It is a folder, pipe, socket or device.</exception>
    /// <exception cref="IOException">It cannot be read.</exception>
    public static FileStream Open(string path)
    {
        Require(path);
        var stream = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read, bufferSize: 0);
        if (stream.CanSeek)
            return stream;
        stream.Dispose();
        throw NotRegular(path);
    }

    /// <summary>The whole file.</summary>
    /// <param name="limit">The most bytes that are read, up to <see cref="Array.MaxLength"/>.</param>
    /// <exception cref="InvalidDataException">It is no regular file, or longer than the limit.</exception>
    /// <exception cref="IOException">There is no such file, or it cannot be read.</exception>
    public static byte[] ReadBytes(string path, long limit)
    {
        using FileStream stream = Open(path);
        if (stream.Length > limit)
            throw TooLong(path, stream.Length, limit);
        byte[] bytes = new byte[stream.Length];
        int read = stream.ReadAtLeast(bytes, bytes.Length, throwOnEndOfStream: false);
        return read == bytes.Length ? bytes : bytes[..read];
    }

    /// <summary>The whole file as text: UTF-8, with or without a byte order mark, or UTF-16 with one.</summary>
    /// <param name="limit">The most bytes that are read.</param>
    /// <exception cref="InvalidDataException">It is no regular file, longer than the limit, or no text; names the line.</exception>
    /// <exception cref="IOException">There is no such file, or it cannot be read.</exception>
    public static string ReadText(string path, long limit) => DecodeText(ReadBytes(path, limit), path);

    /// <param name="source">Where the bytes came from, for messages.</param>
    /// <exception cref="InvalidDataException">The bytes are no text; names the line.</exception>
    public static string DecodeText(ReadOnlySpan<byte> bytes, string source)
    {
        (Encoding encoding, int mark) = bytes switch
        {
            [0xEF, 0xBB, 0xBF, ..] => (_utf8, 3),
            [0xFF, 0xFE, ..] => (new UnicodeEncoding(bigEndian: false, byteOrderMark: true, throwOnInvalidBytes: true), 2),
            [0xFE, 0xFF, ..] => (new UnicodeEncoding(bigEndian: true, byteOrderMark: true, throwOnInvalidBytes: true), 2),
            _ => ((Encoding)_utf8, 0),
        };
        try
        {
            return encoding.GetString(bytes[mark..]);
        }
        catch (DecoderFallbackException e)
        {
            string place = encoding == _utf8 ? $"line {LineOfInvalidUtf8(bytes)} is not UTF-8 text" : "not UTF-16 text";
            throw new InvalidDataException($"{source}: {place}", e);
        }
    }

    private static int LineOfInvalidUtf8(ReadOnlySpan<byte> bytes)
    {
        int line = 1;
        while (Rune.DecodeFromUtf8(bytes, out Rune rune, out int length) == System.Buffers.OperationStatus.Done)
        {
            line += rune.Value == '\n' ? 1 : 0;
            bytes = bytes[length..];
        }
        return line;
    }

    private static InvalidDataException NotRegular(string path) =>
        new($"{path}: not a regular file but a pipe, socket or device; save it to a file first");

    private static InvalidDataException TooLong(string path, long length, long limit) =>
        new($"{path}: {length} bytes, more than the {limit} that are read of such a file");

    /// <summary>What kind of file a path names, which .NET does not tell without opening it.</summary>
    private static class LinuxFileType
    {
        private const int CurrentFolder = -100;
        private const uint WantType = 1;
        private const int StructLength = 256;
        private const int ModeOffset = 28;
        private const int TypeMask = 0xF000;
        private const int Regular = 0x8000;

        public static bool IsSpecial(string path)
        {
            byte[] status = new byte[StructLength];
            return Statx(CurrentFolder, path, 0, WantType, status) == 0
                && (BinaryPrimitives.ReadUInt16LittleEndian(status.AsSpan(ModeOffset)) & TypeMask) != Regular;
        }

        // statx, because its structure is the same on every processor.
        [DllImport("libc", EntryPoint = "statx")]
        private static extern int Statx(
            int folder, [MarshalAs(UnmanagedType.LPUTF8Str)] string path, int flags, uint mask, [Out] byte[] status);
    }
}
