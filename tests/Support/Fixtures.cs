using System.Buffers.Binary;
using System.IO.Compression;
using SspNative.Engine;
using SspNative.Engine.Serialization;
using SspNative.Model.Data.Synthetic;
using SspNative.Model.Media;

namespace SspNative.Tests.Support;

/// <summary>Writes tiny clips in the layouts of AVSBench.</summary>
internal static class Fixtures
{
    public const int Width = 8, Height = 6;

    public const string SemanticHeader = "vid,uid,s_min,s_sec,a_obj,split,label";

    /// <summary>A clip of the semantic release. Frame t has brightness 10·t, its mask the class 1 + t on the left.</summary>
    public static void WriteSemanticClip(string root, string subset, string uid, int frames, int masks, double seconds)
    {
        string folder = Path.Combine(root, subset, uid);
        for (int t = 0; t < frames; t++)
            Solid((byte)(10 * t)).SavePng(Path.Combine(folder, "frames", $"{t}.png"));
        for (int t = 0; t < masks; t++)
            Palette.Paint(LeftHalf((byte)(1 + t))).SavePng(Path.Combine(folder, "labels_rgb", $"{t}.png"));
        WriteWav(Path.Combine(folder, "audio.wav"), seconds);
    }

    /// <summary>A clip of S4, masks as one-bit pictures.</summary>
    public static void WriteSingleClip(string folder, string split, string category, string name, int masks)
    {
        string data = Path.Combine(folder, "s4_data");
        for (int k = 1; k <= 5; k++)
            Solid((byte)(10 * k)).SavePng(Path.Combine(data, "visual_frames", split, category, name, $"{name}_{k}.png"));
        for (int k = 1; k <= masks; k++)
            WriteOneBitPng(Path.Combine(data, "gt_masks", split, category, name, $"{name}_{k}.png"), LeftHalf(1));
        WriteWav(Path.Combine(data, "audio_wav", split, category, $"{name}.wav"), 5);
    }

    /// <summary>A clip of MS3, masks as palette pictures of 0 and the given index.</summary>
    public static void WriteMultiClip(string folder, string split, string name, byte index)
    {
        string data = Path.Combine(folder, "ms3_data");
        for (int k = 1; k <= 5; k++)
        {
            Solid((byte)(10 * k)).SavePng(Path.Combine(data, "visual_frames", name, $"{name}.mp4_{k}.png"));
            PalettePng.Save(Path.Combine(data, "gt_masks", split, name, $"{name}_{k}.png"), LeftHalf(index));
        }
        WriteWav(Path.Combine(data, "audio_wav", split, $"{name}.wav"), 5);
    }

    public static Image Solid(byte value)
    {
        var image = new Image(Width, Height);
        Array.Fill(image.Rgb, value);
        return image;
    }

    public static LabelMap LeftHalf(byte label, int width = Width, int height = Height)
    {
        var map = new LabelMap(width, height);
        for (int i = 0; i < map.Labels.Length; i++)
            map.Labels[i] = i % width < width / 2 ? label : (byte)0;
        return map;
    }

    /// <summary>A tone that rises with time, so that every second sounds different; 16 kHz, 16 bits, mono.</summary>
    public static void WriteWav(string path, double seconds)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        short[] samples = new short[(int)(seconds * 16000)];
        for (int i = 0; i < samples.Length; i++)
        {
            double t = i / 16000.0;
            samples[i] = (short)(9000 * Math.Sin(Math.Tau * (300 * t + 150 * t * t)));
        }
        File.WriteAllBytes(path, Soundtrack.ToWav(samples));
    }

    /// <summary>Flow whose value is the number of its pair.</summary>
    public static void WriteFlow(string path, int pairs, int width = Width)
    {
        using var scope = new TensorScope();
        float[] flow = [.. Enumerable.Range(0, pairs * 2 * Height * width).Select(i => (float)(i / (2 * Height * width)))];
        Tensor tensor = Tensor.FromArray(flow, [pairs, 2, Height, width], TestDevices.Shared);
        SafetensorsWriter.Write(path, new Dictionary<string, Tensor> { ["flow"] = tensor });
    }

    /// <summary>A gray PNG of one bit a pixel, which imaging libraries call mode '1'.</summary>
    private static void WriteOneBitPng(string path, LabelMap map)
    {
        byte[] header = new byte[13];
        BinaryPrimitives.WriteInt32BigEndian(header, map.Width);
        BinaryPrimitives.WriteInt32BigEndian(header.AsSpan(4), map.Height);
        header[8] = 1;
        var pixels = new MemoryStream();
        using (var zlib = new ZLibStream(pixels, CompressionLevel.Fastest, leaveOpen: true))
            for (int y = 0; y < map.Height; y++)
            {
                zlib.WriteByte(0);
                byte[] row = new byte[(map.Width + 7) / 8];
                for (int x = 0; x < map.Width; x++)
                    row[x / 8] |= (byte)(map[x, y] << 7 - x % 8);
                zlib.Write(row);
            }
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        using FileStream png = File.Create(path);
        png.Write([0x89, (byte)'P', (byte)'N', (byte)'G', 0x0D, 0x0A, 0x1A, 0x0A]);
        WriteChunk(png, "IHDR"u8, header);
        WriteChunk(png, "IDAT"u8, pixels.ToArray());
        WriteChunk(png, "IEND"u8, []);
    }

    private static void WriteChunk(Stream png, ReadOnlySpan<byte> type, ReadOnlySpan<byte> data)
    {
        byte[] body = [.. type, .. data];
        Span<byte> number = stackalloc byte[4];
        BinaryPrimitives.WriteInt32BigEndian(number, data.Length);
        png.Write(number);
        png.Write(body);
        uint crc = 0xFFFFFFFF;
        foreach (byte b in body)
        {
            crc ^= b;
            for (int bit = 0; bit < 8; bit++)
                crc = (crc & 1) != 0 ? 0xEDB88320 ^ crc >> 1 : crc >> 1;
        }
        BinaryPrimitives.WriteUInt32BigEndian(number, ~crc);
        png.Write(number);
    }
}
