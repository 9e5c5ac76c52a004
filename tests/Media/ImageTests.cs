using System.Buffers.Binary;
using System.IO.Compression;
using SspNative.Engine;
using SspNative.Model.Media;
using Xunit;

namespace SspNative.Tests.Media;

public sealed class ImageTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("ssp-image").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void PngKeepsEveryByte()
    {
        Image image = Gradient(19, 7);
        string path = Path.Combine(_folder, "new", "picture.png");
        image.SavePng(path);
        Image read = Image.Load(path);
        Assert.Equal((19, 7), (read.Width, read.Height));
        Assert.Equal(image.Rgb, read.Rgb);
    }

    [Fact]
    public void JpegIsReadBackNearly()
    {
        Image image = Gradient(64, 48);
        string path = Path.Combine(_folder, "picture.jpg");
        File.WriteAllBytes(path, image.ToJpeg(95));
        Image read = Image.Load(path);
        Assert.Equal((64, 48), (read.Width, read.Height));
        Assert.True(image.Rgb.Zip(read.Rgb, (a, b) => Math.Abs(a - b)).Average() < 4);
    }

    [Fact]
    public void UnreadablePicturesAreNamed()
    {
        string missing = Path.Combine(_folder, "missing.png"), text = Path.Combine(_folder, "text.png");
        File.WriteAllText(text, "no picture");
        Assert.Contains(missing, Assert.Throws<InputException>(() => Image.Load(missing)).Message);
        Assert.Contains(text, Assert.Throws<InputException>(() => Image.Load(text)).Message);

        string cut = Path.Combine(_folder, "cut.png");
        Gradient(64, 64).SavePng(cut);
        File.WriteAllBytes(cut, File.ReadAllBytes(cut)[..100]);
        string message = Assert.Throws<InputException>(() => Image.Load(cut)).Message;
        Assert.Contains(cut, message);
        Assert.DoesNotContain('\n', message);
    }

    [Fact]
    public void ThePaletteIsPascalVoc()
    {
        Assert.Equal(71, Palette.ClassNames.Count);
        Assert.Equal(Palette.ClassNames.Skip(1).Order(StringComparer.Ordinal), Palette.ClassNames.Skip(1));
        Assert.Equal(("man", "violin", "wolf", "woman"),
            (Palette.ClassNames[41], Palette.ClassNames[68], Palette.ClassNames[69], Palette.ClassNames[70]));
        Assert.Equal((0, 0, 0), Palette.Colour(0));
        Assert.Equal((128, 0, 0), Palette.Colour(1));
        Assert.Equal((128, 128, 0), Palette.Colour(3));
        Assert.Equal((192, 0, 64), Palette.Colour(41));
        Assert.Equal((32, 128, 128), Palette.Colour(70));
        Assert.Equal(256, Enumerable.Range(0, 256).Select(i => Palette.Colour((byte)i)).Distinct().Count());
    }

    [Fact]
    public void ColouredLabelsAreReadBack()
    {
        var labels = new LabelMap(71, 1, [.. Enumerable.Range(0, 71).Select(i => (byte)i)]);
        Assert.Equal(labels.Labels, Palette.Read(Palette.Paint(labels), "picture").Labels);
    }

    [Fact]
    public void AnUnknownColourIsAnErrorThatNamesThePixel()
    {
        Image image = Palette.Paint(new LabelMap(5, 4));
        image[3, 2][1] = 7;
        string message = Assert.Throws<InputException>(() => Palette.Read(image, "labels.png")).Message;
        Assert.Contains("labels.png", message);
        Assert.Contains("(3, 2)", message);
        Assert.Contains("(0, 7, 0)", message);
    }

    [Fact]
    public void PalettePngKeepsLabelsAndShowsColours()
    {
        var labels = new LabelMap(33, 21);
        new Random(1).NextBytes(labels.Labels);
        string path = Path.Combine(_folder, "masks", "0000.png");
        PalettePng.Save(path, labels);
        Assert.Equal(labels.Labels, PalettePng.Load(path).Labels);
        Assert.Equal(Palette.Paint(labels).Rgb, Image.Load(path).Rgb);
    }

    [Fact]
    public void EveryRowFilterOfPngIsUndone()
    {
        // Rows filtered none, sub, up, average, Paeth over the same ramp, worked out by hand from the specification.
        byte[] rows =
        [
            0, 10, 20, 30,
            1, 10, 10, 10,
            2, 0, 0, 0,
            3, 5, 5, 5,
            4, 0, 0, 0,
        ];
        byte[] png = WithPixels(PalettePng.Encode(new LabelMap(3, 5)), rows);
        byte[] expected = [10, 20, 30, 10, 20, 30, 10, 20, 30, 10, 20, 30, 10, 20, 30];
        Assert.Equal(expected, PalettePng.Decode(png, "filters").Labels);
    }

    [Fact]
    public void DamagedPalettePngsAreErrors()
    {
        byte[] png = PalettePng.Encode(new LabelMap(16, 16));
        for (int length = 0; length < png.Length; length += 5)
            Assert.Throws<InputException>(() => PalettePng.Decode(png.AsSpan(0, length), "cut"));
        for (int i = 0; i < png.Length; i += 3)
        {
            byte[] changed = [.. png];
            changed[i] ^= 0x55;
            Assert.Throws<InputException>(() => PalettePng.Decode(changed, "changed"));
        }
        string path = Path.Combine(_folder, "rgb.png");
        Gradient(4, 4).SavePng(path);
        Assert.Contains("palette", Assert.Throws<InputException>(() => PalettePng.Load(path)).Message);
    }

    [Fact]
    public void NearestResizingTakesTheLabelUnderTheCentre()
    {
        var labels = new LabelMap(4, 2, [1, 2, 3, 4, 5, 6, 7, 8]);
        Assert.Equal([2, 4, 6, 8], labels.ResizeNearest(2, 2).Labels);
        Assert.Equal([6, 8], labels.ResizeNearest(2, 1).Labels);
        Assert.Equal([1, 1, 2, 2, 3, 3, 4, 4], labels.ResizeNearest(8, 2).Labels[..8]);
    }

    private static Image Gradient(int width, int height)
    {
        var image = new Image(width, height);
        for (int y = 0; y < height; y++)
            for (int x = 0; x < width; x++)
                new byte[] { (byte)(x * 3), (byte)(y * 5), (byte)(x + y) }.CopyTo(image[x, y]);
        return image;
    }

    /// <summary>The PNG with other filtered rows in its IDAT chunk.</summary>
    private static byte[] WithPixels(byte[] png, byte[] rows)
    {
        var stream = new MemoryStream();
        using (var zlib = new ZLibStream(stream, CompressionLevel.Fastest, leaveOpen: true))
            zlib.Write(rows);
        byte[] pixels = stream.ToArray();
        int start = png.AsSpan().IndexOf("IDAT"u8) - 4, end = png.AsSpan().IndexOf("IEND"u8) - 4;
        byte[] chunk = [0, 0, 0, 0, .. "IDAT"u8, .. pixels, 0, 0, 0, 0];
        BinaryPrimitives.WriteInt32BigEndian(chunk, pixels.Length);
        BinaryPrimitives.WriteUInt32BigEndian(chunk.AsSpan(8 + pixels.Length), Crc32(chunk.AsSpan(4, 4 + pixels.Length)));
        return [.. png[..start], .. chunk, .. png[end..]];
    }

    private static uint Crc32(ReadOnlySpan<byte> bytes)
    {
        uint crc = uint.MaxValue;
        foreach (byte b in bytes)
        {
            crc ^= b;
            for (int bit = 0; bit < 8; bit++)
                crc = (crc >> 1) ^ (0xEDB88320 & (0 - (crc & 1)));
        }
        return ~crc;
    }
}
