using System.Buffers.Binary;
using System.IO.Compression;
using SspNative.Engine;
using SspNative.Model.Media;
using SspNative.Tests.Support;
using Xunit;

namespace SspNative.Tests.Media;

/// <summary>Label maps as indexed pictures, as other programs write them.</summary>
public sealed class PalettePngTests
{
    // Programs pack few labels into less than a byte. Three columns leave bits at a row's end.
    [Theory]
    [InlineData(1, new byte[] { 0b10100000, 0b01100000 }, new byte[] { 1, 0, 1, 0, 1, 1 })]
    [InlineData(2, new byte[] { 0b11000100, 0b00011000 }, new byte[] { 3, 0, 1, 0, 1, 2 })]
    [InlineData(4, new byte[] { 0x8f, 0x10, 0x07, 0xa0 }, new byte[] { 8, 15, 1, 0, 7, 10 })]
    [InlineData(8, new byte[] { 70, 0, 255, 1, 2, 3 }, new byte[] { 70, 0, 255, 1, 2, 3 })]
    public void LabelsOfFewBitsAreUnpacked(byte bits, byte[] rows, byte[] labels)
    {
        byte[] png = Png(bits, interlaced: 0, rows);
        Assert.True(PalettePng.IsPalette(png));
        LabelMap map = PalettePng.Decode(png, "mask.png");
        Assert.Equal((3, 2), (map.Width, map.Height));
        Assert.Equal(labels, map.Labels);
    }

    // A row that is told by the one above it, byte by byte.
    [Fact]
    public void RowsOfFewBitsArePredictedByBytes() =>
        Assert.Equal([8, 15, 1, 8, 15, 2], PalettePng.Decode(Png(4, interlaced: 0, [0x8f, 0x10, 0x00, 0x10], filter: 2), "mask.png").Labels);

    [Theory]
    [InlineData(8, 1)]
    [InlineData(16, 0)]
    public void AnotherKindIsRefusedInOneLine(byte bits, byte interlaced) => Assert.Equal(
        "mask.png: not a palette PNG without interlacing",
        Assert.Throws<InputException>(() => PalettePng.Decode(Png(bits, interlaced, [1, 2, 3, 4, 5, 6]), "mask.png")).Message);

    // Three columns, two rows; the second has a filter.
    private static byte[] Png(byte bits, byte interlaced, byte[] rows, byte filter = 0)
    {
        byte[] header = [0, 0, 0, 3, 0, 0, 0, 2, bits, 3, 0, 0, interlaced];
        using var pixels = new MemoryStream();
        using (var zlib = new ZLibStream(pixels, CompressionLevel.Fastest, leaveOpen: true))
            zlib.Write([0, .. rows[..(rows.Length / 2)], filter, .. rows[(rows.Length / 2)..]]);
        return MendedBytes.OfPng(
            [
                0x89, .. "PNG"u8, 0x0D, 0x0A, 0x1A, 0x0A, .. Chunk("IHDR"u8, header), .. Chunk("PLTE"u8, new byte[3 * 16]),
                .. Chunk("IDAT"u8, pixels.ToArray()), .. Chunk("IEND"u8, []),
            ]);
    }

    private static byte[] Chunk(ReadOnlySpan<byte> type, byte[] data)
    {
        byte[] chunk = [0, 0, 0, 0, .. type, .. data, 0, 0, 0, 0];
        BinaryPrimitives.WriteInt32BigEndian(chunk, data.Length);
        return chunk;
    }
}
