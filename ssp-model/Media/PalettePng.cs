using System.Buffers.Binary;
using System.IO.Compression;
using SspNative.Engine.Serialization;
using SspNative.Model.Files;

namespace SspNative.Model.Media;

/// <summary>
/// Label maps as indexed PNG pictures (colour type 3, W3C PNG specification), written with 8 bits a pixel: the stored bytes are the labels and the
/// colours are <see cref="Palette"/>'s, so viewers show colours while programs read classes.
/// </summary>
internal static class PalettePng
{
    private static ReadOnlySpan<byte> Signature => [0x89, (byte)'P', (byte)'N', (byte)'G', 0x0D, 0x0A, 0x1A, 0x0A];

    /// <summary>Writes the labels, making the folder when there is none. Equal maps give equal files.</summary>
    public static void Save(string path, LabelMap labels)
    {
        using ProfilerSpan span = Profiler.Module("write png");
        Directory.CreateDirectory(Path.GetDirectoryName(Path.GetFullPath(path))!);
        File.WriteAllBytes(path, Encode(labels));
    }

    /// <summary>Reads labels as <see cref="Save"/> writes them, or with 1, 2 or 4 bits a pixel; at most 64 megapixels.</summary>
    /// <exception cref="InputException">The file is missing, damaged, too large, or another kind of picture.</exception>
    public static LabelMap Load(string path) => Decode(InputFile.ReadBytes(path, InputFile.PictureLimit), path);

    /// <summary>Whether a file is a PNG with a palette, by its header.</summary>
    public static bool IsPalette(ReadOnlySpan<byte> png) => png.Length > 25 && png.StartsWith(Signature) && png[25] == 3;

    public static byte[] Encode(LabelMap labels)
    {
        byte[] header = new byte[13];
        BinaryPrimitives.WriteInt32BigEndian(header, labels.Width);
        BinaryPrimitives.WriteInt32BigEndian(header.AsSpan(4), labels.Height);
        header[8] = 8;
        header[9] = 3;

        byte[] colours = new byte[256 * 3];
        for (int label = 0; label < 256; label++)
            (colours[3 * label], colours[3 * label + 1], colours[3 * label + 2]) = Palette.Colour((byte)label);

        var pixels = new MemoryStream();
        using (var zlib = new ZLibStream(pixels, CompressionLevel.Optimal, leaveOpen: true))
            for (int y = 0; y < labels.Height; y++)
            {
                zlib.WriteByte(0);
                zlib.Write(labels.Labels, y * labels.Width, labels.Width);
            }

        var png = new MemoryStream();
        png.Write(Signature);
        WriteChunk(png, "IHDR"u8, header);
        WriteChunk(png, "PLTE"u8, colours);
        WriteChunk(png, "IDAT"u8, pixels.ToArray());
        WriteChunk(png, "IEND"u8, []);
        return png.ToArray();
    }

    /// <param name="source">Where the bytes came from, for messages.</param>
    /// <exception cref="InputException">The bytes are damaged, or another kind of picture.</exception>
    public static LabelMap Decode(ReadOnlySpan<byte> png, string source)
    {
        if (!png.StartsWith(Signature))
            throw new InputException($"{source}: not a PNG picture");
        ReadOnlySpan<byte> rest = png[Signature.Length..];
        (int Width, int Height, int Bits)? size = null;
        var compressed = new MemoryStream();
        while (true)
        {
            ReadOnlySpan<byte> data = ReadChunk(ref rest, source, out ReadOnlySpan<byte> type);
            if (type.SequenceEqual("IHDR"u8))
                size = size is null ? ReadHeader(data, source) : throw new InputException($"{source}: the PNG has two headers");
            else if (type.SequenceEqual("IDAT"u8))
                compressed.Write(data);
            else if (type.SequenceEqual("IEND"u8))
                break;
        }
        if (size is not var (width, height, bits))
            throw new InputException($"{source}: the PNG has no header");
        // A short file must not ask for a vast map.
        if ((long)width * height * bits / 8 > PictureHeader.MaxDeflateRatio * compressed.Length)
            throw new InputException($"{source}: the PNG header claims {width}×{height} pixels, more than the file can hold");
        var labels = new LabelMap(width, height);
        compressed.Position = 0;
        ReadPixels(compressed, labels, bits, source);
        return labels;
    }

    private static (int Width, int Height, int Bits) ReadHeader(ReadOnlySpan<byte> header, string source)
    {
        if (header.Length != 13)
            throw new InputException($"{source}: the PNG header is damaged");
        if (header[8] is not (1 or 2 or 4 or 8) || header[9] != 3 || header[12] != 0)
            throw new InputException($"{source}: not a palette PNG without interlacing");
        int width = BinaryPrimitives.ReadInt32BigEndian(header), height = BinaryPrimitives.ReadInt32BigEndian(header[4..]);
        PictureHeader.RequireSize(width, height, source);
        return (width, height, header[8]);
    }

    private static void ReadPixels(Stream compressed, LabelMap labels, int bits, string source)
    {
        try
        {
            using var zlib = new ZLibStream(compressed, CompressionMode.Decompress);
            byte[] row = new byte[(labels.Width * bits + 7) / 8], above = new byte[row.Length];
            for (int y = 0; y < labels.Height; y++)
            {
                int filter = zlib.ReadByte();
                zlib.ReadExactly(row);
                Unfilter(filter, row, above, source);
                Unpack(row, labels.Labels.AsSpan(y * labels.Width, labels.Width), bits);
                (row, above) = (above, row);
            }
        }
        catch (Exception e) when (e is InvalidDataException or IOException)
        {
            throw new InputException($"{source}: the PNG's pixels are damaged", e);
        }
    }

    // The first of the pixels in a byte has its highest bits.
    private static void Unpack(ReadOnlySpan<byte> row, Span<byte> labels, int bits)
    {
        for (int x = 0; x < labels.Length; x++)
        {
            int at = x * bits;
            labels[x] = (byte)((row[at / 8] >> (8 - bits - at % 8)) & ((1 << bits) - 1));
        }
    }

    /// <summary>Undoes one of PNG's five row predictions, in place, byte by byte.</summary>
    private static void Unfilter(int filter, Span<byte> row, ReadOnlySpan<byte> above, string source)
    {
        if (filter is < 0 or > 4)
            throw new InputException($"{source}: the PNG has a row of unknown filter {filter}");
        for (int x = 0; x < row.Length; x++)
        {
            int left = x > 0 ? row[x - 1] : 0, upperLeft = x > 0 ? above[x - 1] : 0;
            row[x] += (byte)(filter switch
            {
                1 => left,
                2 => above[x],
                3 => (left + above[x]) / 2,
                4 => Paeth(left, above[x], upperLeft),
                _ => 0,
            });
        }
    }

    private static int Paeth(int left, int up, int upperLeft)
    {
        int estimate = left + up - upperLeft;
        int toLeft = Math.Abs(estimate - left), toUp = Math.Abs(estimate - up), toCorner = Math.Abs(estimate - upperLeft);
        return toLeft <= toUp && toLeft <= toCorner ? left : toUp <= toCorner ? up : upperLeft;
    }

    private static ReadOnlySpan<byte> ReadChunk(ref ReadOnlySpan<byte> rest, string source, out ReadOnlySpan<byte> type)
    {
        if (rest.Length < 12)
            throw new InputException($"{source}: the PNG ends too early");
        uint length = BinaryPrimitives.ReadUInt32BigEndian(rest);
        if (length > rest.Length - 12)
            throw new InputException($"{source}: the PNG ends too early");
        type = rest.Slice(4, 4);
        ReadOnlySpan<byte> data = rest.Slice(8, (int)length);
        if (Crc32.Compute(rest.Slice(4, (int)length + 4)) != BinaryPrimitives.ReadUInt32BigEndian(rest[(8 + (int)length)..]))
            throw new InputException($"{source}: the PNG is damaged (checksum)");
        rest = rest[(12 + (int)length)..];
        return data;
    }

    private static void WriteChunk(MemoryStream png, ReadOnlySpan<byte> type, ReadOnlySpan<byte> data)
    {
        byte[] chunk = new byte[12 + data.Length];
        BinaryPrimitives.WriteInt32BigEndian(chunk, data.Length);
        type.CopyTo(chunk.AsSpan(4));
        data.CopyTo(chunk.AsSpan(8));
        BinaryPrimitives.WriteUInt32BigEndian(chunk.AsSpan(8 + data.Length), Crc32.Compute(chunk.AsSpan(4, 4 + data.Length)));
        png.Write(chunk);
    }
}
