using System.Buffers.Binary;
using SkiaSharp;
using SspNative.Engine;
using SspNative.Model.Media;
using SspNative.Tests.Support;
using Xunit;

namespace SspNative.Tests.Media;

/// <summary>Small pictures that would cost much are refused by their header.</summary>
public sealed class HostilePictureTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    [Fact]
    public void AHeaderThatLiesIsRefused()
    {
        byte[] few = [0, 0, 0, 0];
        Assert.Contains("16384×16384", Error(RawPng.Bytes(RawPng.Header(16384, 16384, 8, 2), RawPng.Pixels(few), RawPng.End)));
        Assert.Contains("more than the file can hold", Error(RawPng.Bytes(RawPng.Header(8000, 8000, 8, 2), RawPng.Pixels(few), RawPng.End)));
        Assert.Contains("more than the file can hold", Error(RawPng.Bytes(RawPng.Header(8000, 8000, 16, 6), RawPng.End)));
        Assert.Contains("0×5", Error(RawPng.Bytes(RawPng.Header(0, 5, 8, 2), RawPng.Pixels(few), RawPng.End)));
        Assert.Contains("header is damaged", Error(RawPng.Bytes(RawPng.Pixels(few), RawPng.Header(4, 4, 8, 2), RawPng.End)));
    }

    [Fact]
    public void ABombOfOneBitIsRefused()
    {
        // 32 kB that unpack to 268 million pixels.
        byte[] bomb = RawPng.Bytes(RawPng.Header(16384, 16384, 1, 0), RawPng.Pixels(new byte[16384 * 2049]), RawPng.End);
        Assert.True(bomb.Length < 40_000);
        Assert.Contains("64 megapixels", Error(bomb));
    }

    [Theory]
    [InlineData("IHDR", "two headers")]
    [InlineData("tEXt", "more than 1000 chunks")]
    [InlineData("IDAT", "more than 1000 chunks")]
    public void ThousandsOfChunksAreRefused(string type, string reason)
    {
        byte[] data = type == "IHDR" ? RawPng.Header(4, 4, 8, 3).Item2 : type == "tEXt" ? [(byte)'a', 0, (byte)'b'] : [];
        IEnumerable<(string, byte[])> chunks = Enumerable.Repeat((type, data), 30_000);
        Assert.Contains(reason, Error(RawPng.Bytes([RawPng.Header(4, 4, 8, 3), .. chunks, RawPng.Pixels(new byte[20]), RawPng.End])));
    }

    [Fact]
    public void AJpegThatLiesIsRefused()
    {
        byte[] jpeg = new Image(16, 16).ToJpeg();
        int frame = jpeg.AsSpan().IndexOf([(byte)0xFF, (byte)0xC0]);
        Assert.Contains("64 megapixels", Error(WithSize(jpeg, frame, 65000, 65000)));
        Assert.Contains("more than the file can hold", Error(WithSize(jpeg, frame, 7000, 7000)));
        Assert.Contains("16×0", Error(WithSize(jpeg, frame, 16, 0)));
        byte[] segment = [0xFF, 0xFE, 0, 2];
        Assert.Contains("1000 segments", Error([.. jpeg[..2], .. Enumerable.Repeat(segment, 30_000).SelectMany(s => s), .. jpeg[2..]]));
        int scan = jpeg.AsSpan().IndexOf([(byte)0xFF, (byte)0xDA]);
        byte[] again = [.. jpeg[..scan], .. Enumerable.Repeat(jpeg[scan..^2], 100).SelectMany(s => s), 0xFF, 0xD9];
        Assert.Contains("64 scans", Error(again));
    }

    [SkippableFact]
    public void TextsInAPictureAreNotUnpacked()
    {
        Skip.IfNot(OperatingSystem.IsLinux(), "the memory of native libraries is read from Linux");
        (string, byte[]) text = ("zTXt", [(byte)'a', 0, 0, .. RawPng.Compress(new byte[900_000])]);
        string path = _folder["texts.png"];
        File.WriteAllBytes(path, RawPng.Bytes([RawPng.Header(4, 4, 8, 2), .. Enumerable.Repeat(text, 900), RawPng.Pixels(new byte[52]), RawPng.End]));
        File.WriteAllText("/proc/self/clear_refs", "5");
        long before = PeakMemory();
        Assert.Equal(4, Costs.Within(() => Image.Load(path)).Width);
        Assert.InRange(PeakMemory() - before, 0, 64L << 10);
    }

    [Theory]
    [InlineData(SKEncodedImageFormat.Webp)]
    [InlineData(SKEncodedImageFormat.Bmp)]
    [InlineData(SKEncodedImageFormat.Gif)]
    public void OnlyPngAndJpegAreRead(SKEncodedImageFormat format)
    {
        byte[] bytes = format switch
        {
            SKEncodedImageFormat.Webp =>
                [.. "RIFF"u8, 26, 0, 0, 0, .. "WEBPVP8L"u8, 13, 0, 0, 0, 0x2F, 0xFF, 0xFF, 0xFF, 0x0F, 7, 0x10, 0x11, 0x88, 0x88, 8, 0, 0],
            SKEncodedImageFormat.Bmp =>
                [.. "BM"u8, 0, 0, 0, 0, 0, 0, 0, 0, 54, 0, 0, 0, 40, 0, 0, 0, 0, 0x40, 0, 0, 0, 0x40, 0, 0, 1, 0, 24, 0, .. new byte[24]],
            _ => [.. "GIF89a"u8, 0xFF, 0xFF, 0xFF, 0xFF, 0, 0, 0, .. new byte[30]],
        };
        Assert.Contains("not a PNG or JPEG", Error(bytes));
    }

    [Fact]
    public void AnHonestPictureOfOneColourIsRead()
    {
        // What compresses best must not be taken for a lie.
        string path = _folder["flat.png"];
        File.WriteAllBytes(path, RawPng.Bytes(RawPng.Header(4096, 2048, 1, 0), RawPng.Pixels(new byte[2048 * 513]), RawPng.End));
        Assert.Equal((4096, 2048), (Image.Load(path).Width, Image.Load(path).Height));
        File.WriteAllBytes(path, new Image(2048, 2048).ToJpeg(1));
        Assert.Equal(2048, Image.Load(path).Width);
    }

    [Fact]
    public void PaletteMapsHaveTheSameLimits()
    {
        byte[] few = [0, 0];
        Assert.Contains("64 megapixels", PaletteError(RawPng.Bytes(RawPng.Header(8192, 8192, 8, 3), RawPng.Pixels(new byte[8192 * 8193]), RawPng.End)));
        Assert.Contains("than the file can hold", PaletteError(RawPng.Bytes(RawPng.Header(7000, 7000, 8, 3), RawPng.Pixels(few), RawPng.End)));
        (string, byte[]) header = RawPng.Header(2000, 2000, 8, 3);
        Assert.Contains("two headers", PaletteError(RawPng.Bytes([.. Enumerable.Repeat(header, 30_000), RawPng.Pixels(few), RawPng.End])));
    }

    [Fact]
    public void APaletteMapOfDamagedDeflateIsAnError()
    {
        byte[] rows = new byte[17 * 16];
        new Random(1).NextBytes(rows);
        for (int y = 0; y < 16; y++)
            rows[17 * y] = 0;
        byte[] pixels = RawPng.Compress(rows);
        for (int i = 0; i < pixels.Length; i++)
            for (int bit = 0; bit < 8; bit++)
            {
                byte[] changed = [.. pixels];
                changed[i] ^= (byte)(1 << bit);
                byte[] png = RawPng.Bytes(RawPng.Header(16, 16, 8, 3), ("IDAT", changed), RawPng.End);
                try
                {
                    PalettePng.Decode(png, "changed.png");
                }
                catch (InputException e)
                {
                    Assert.StartsWith("changed.png: ", e.Message);
                }
            }
    }

    [Theory]
    [InlineData(0, 5)]
    [InlineData(5, 0)]
    [InlineData(-1, -1)]
    [InlineData(-1, 5)]
    [InlineData(50_000, 50_000)]
    public void ThereIsNoPictureOrMapOfSuchASize(int width, int height)
    {
        Assert.Contains($"{width}×{height}", Assert.Throws<ArgumentException>(() => new Image(width, height)).Message);
        Assert.Contains($"{width}×{height}", Assert.Throws<ArgumentException>(() => new LabelMap(width, height)).Message);
    }

    public void Dispose() => _folder.Dispose();

    // The most memory of the process since it was reset, in kB.
    private static long PeakMemory() => long.Parse(
        File.ReadLines("/proc/self/status").First(l => l.StartsWith("VmHWM:", StringComparison.Ordinal)).Split(' ', StringSplitOptions.RemoveEmptyEntries)[1],
        System.Globalization.CultureInfo.InvariantCulture);

    private static byte[] WithSize(byte[] jpeg, int frame, int width, int height)
    {
        byte[] changed = [.. jpeg];
        BinaryPrimitives.WriteUInt16BigEndian(changed.AsSpan(frame + 5), (ushort)height);
        BinaryPrimitives.WriteUInt16BigEndian(changed.AsSpan(frame + 7), (ushort)width);
        return changed;
    }

    private string Error(byte[] picture)
    {
        string path = _folder["picture.png"];
        File.WriteAllBytes(path, picture);
        string message = Costs.ErrorWithin<InputException>(() => Image.Load(path));
        Assert.StartsWith(path, message);
        return message;
    }

    private static string PaletteError(byte[] png) => Costs.ErrorWithin<InputException>(() => PalettePng.Decode(png, "labels.png"));
}
