using System.Buffers.Binary;

namespace SspNative.Model.Media;

/// <summary>
/// What the header of a PNG or JPEG claims, read before a decoder sees the file: a few bytes must not make it take much memory
/// or time. Sizes are limited, and so are the parts that decoders are slow at.
/// </summary>
internal static class PictureHeader
{
    /// <summary>The most pixels of a picture: 64 megapixels.</summary>
    public const long MaxPixels = 64_000_000;

    /// <summary>The most columns or rows, which is JPEG's own limit.</summary>
    public const int MaxSide = 65_535;

    /// <summary>Deflate shrinks by at most 1032 to 1.</summary>
    public const int MaxDeflateRatio = 1032;

    /// <summary>PNG chunks other than pixels, and segments of a JPEG. Camera files have dozens.</summary>
    private const int MaxParts = 1000;

    /// <summary>Passes of a progressive JPEG, of which encoders make about ten.</summary>
    private const int MaxScans = 64;

    /// <summary>A JPEG spends at least one bit on each block of 8×8 pixels.</summary>
    private const int MaxJpegPixelsPerByte = 512;

    /// <summary>Bytes that <see cref="IsPicture"/> needs.</summary>
    public const int SignatureLength = 8;

    private static ReadOnlySpan<byte> PngSignature => [0x89, (byte)'P', (byte)'N', (byte)'G', 0x0D, 0x0A, 0x1A, 0x0A];

    private static ReadOnlySpan<byte> JpegSignature => [0xFF, 0xD8, 0xFF];

    /// <summary>Whether a file begins as a PNG or JPEG does.</summary>
    public static bool IsPicture(ReadOnlySpan<byte> start) => start.StartsWith(PngSignature) || start.StartsWith(JpegSignature);

    /// <summary>Checks all that can be known of a PNG or JPEG without decoding it.</summary>
    /// <param name="source">Where the bytes came from, for messages.</param>
    /// <exception cref="InputException">It is neither, too large, or claims more than its bytes can hold.</exception>
    public static void Check(ReadOnlySpan<byte> file, string source)
    {
        if (file.StartsWith(PngSignature))
            CheckPng(file[PngSignature.Length..], source);
        else if (file.StartsWith(JpegSignature))
            CheckJpeg(file, source);
        else
            throw new InputException($"{source}: not a PNG or JPEG picture");
    }

    /// <summary>
    /// The file without a PNG's texts, which say nothing of the pixels: decoders unpack them, and a file of 1 MB can hold 1 GB of text.
    /// </summary>
    public static byte[] WithoutTexts(byte[] file)
    {
        if (!file.AsSpan().StartsWith(PngSignature))
            return file;
        var kept = new MemoryStream(file.Length);
        kept.Write(PngSignature);
        ReadOnlySpan<byte> rest = file.AsSpan(PngSignature.Length);
        while (rest.Length >= 8)
        {
            ReadOnlySpan<byte> type = rest.Slice(4, 4);
            int length = (int)Math.Min(12L + BinaryPrimitives.ReadUInt32BigEndian(rest), rest.Length);
            if (!type.SequenceEqual("tEXt"u8) && !type.SequenceEqual("zTXt"u8) && !type.SequenceEqual("iTXt"u8))
                kept.Write(rest[..length]);
            rest = rest[length..];
        }
        kept.Write(rest);
        return kept.ToArray();
    }

    /// <exception cref="InputException">The size is not positive, or above <see cref="MaxPixels"/> or <see cref="MaxSide"/>.</exception>
    public static void RequireSize(long width, long height, string source)
    {
        if (width <= 0 || height <= 0)
            throw new InputException($"{source}: the header claims {width}×{height} pixels");
        if (width > MaxSide || height > MaxSide || width * height > MaxPixels)
            throw new InputException(
                $"{source}: {width}×{height} pixels are too many; at most {MaxPixels / 1_000_000} megapixels and {MaxSide} a side are read");
    }

    private static void CheckPng(ReadOnlySpan<byte> chunks, string source)
    {
        if (chunks.Length < 25 || !chunks[4..].StartsWith("IHDR"u8) || BinaryPrimitives.ReadUInt32BigEndian(chunks) != 13)
            throw new InputException($"{source}: the PNG header is damaged");
        ReadOnlySpan<byte> header = chunks.Slice(8, 13);
        (uint width, uint height) = (BinaryPrimitives.ReadUInt32BigEndian(header), BinaryPrimitives.ReadUInt32BigEndian(header[4..]));
        RequireSize(width, height, source);

        long pixelBytes = 0;
        int parts = 0;
        ReadOnlySpan<byte> rest = chunks[25..];
        while (rest.Length >= 8)
        {
            int length = (int)Math.Min(BinaryPrimitives.ReadUInt32BigEndian(rest), rest.Length - 8);
            ReadOnlySpan<byte> type = rest.Slice(4, 4);
            if (type.SequenceEqual("IEND"u8))
                break;
            if (type.SequenceEqual("IHDR"u8))
                throw new InputException($"{source}: the PNG has two headers");
            // An empty chunk of pixels costs a decoder as much as any other.
            if (type.SequenceEqual("IDAT"u8) && length > 0)
                pixelBytes += length;
            else if (++parts > MaxParts)
                throw new InputException($"{source}: the PNG has more than {MaxParts} chunks beside its pixels");
            rest = rest[Math.Min(12 + length, rest.Length)..];
        }
        int channels = header[9] switch { 2 => 3, 4 => 2, 6 => 4, _ => 1 };
        if (width * (long)height * channels * header[8] / 8 > MaxDeflateRatio * pixelBytes)
            throw new InputException($"{source}: the PNG header claims {width}×{height} pixels, more than the file can hold");
    }

    private static void CheckJpeg(ReadOnlySpan<byte> file, string source)
    {
        bool hasSize = false;
        int parts = 0, scans = 0;
        ReadOnlySpan<byte> rest = file[2..];
        while (NextMarker(ref rest, out byte marker))
        {
            if (marker == 0xD9)
                break;
            if (marker is 0x00 or 0x01 or (>= 0xD0 and <= 0xD8))
                continue;
            int length = rest.Length < 2 ? 0 : BinaryPrimitives.ReadUInt16BigEndian(rest);
            if (length < 2 || length > rest.Length)
                break;
            ReadOnlySpan<byte> segment = rest[2..length];
            rest = rest[length..];
            if (marker == 0xDA && ++scans > MaxScans)
                throw new InputException($"{source}: the JPEG has more than {MaxScans} scans");
            if (marker != 0xDA && ++parts > MaxParts)
                throw new InputException($"{source}: the JPEG has more than {MaxParts} segments");
            // Start of frame, of any of JPEG's processes; C4, C8 and CC are other things.
            if (marker is < 0xC0 or > 0xCF or 0xC4 or 0xC8 or 0xCC)
                continue;
            if (hasSize || segment.Length < 6)
                throw new InputException($"{source}: the JPEG header is damaged");
            hasSize = true;
            int height = BinaryPrimitives.ReadUInt16BigEndian(segment[1..]), width = BinaryPrimitives.ReadUInt16BigEndian(segment[3..]);
            RequireSize(width, height, source);
            if ((long)width * height > MaxJpegPixelsPerByte * (long)file.Length)
                throw new InputException($"{source}: the JPEG header claims {width}×{height} pixels, more than the file can hold");
        }
        if (!hasSize)
            throw new InputException($"{source}: the JPEG ends before its size");
    }

    /// <summary>Skips what is between markers, the coded pixels among it, and takes the next marker.</summary>
    private static bool NextMarker(ref ReadOnlySpan<byte> rest, out byte marker)
    {
        marker = 0;
        int start = rest.IndexOf((byte)0xFF);
        if (start < 0)
            return false;
        rest = rest[start..];
        int fill = rest.IndexOfAnyExcept((byte)0xFF);
        if (fill < 0)
            return false;
        marker = rest[fill];
        rest = rest[(fill + 1)..];
        return true;
    }
}
