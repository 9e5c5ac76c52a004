using System.Buffers.Binary;
using System.Diagnostics;
using SspNative.Model.Media;

namespace SspNative.Soak;

/// <summary>Makes the clips: small ones of all forms that are read, silent ones, and ones that are broken in the ways that clips are.</summary>
internal static class ClipKinds
{
    private const int Rate = 16000;

    /// <summary>Makes a clip of every kind in a folder. Videos are drawn by <c>ffmpeg</c>.</summary>
    public static IReadOnlyList<ClipKind> Make(string folder)
    {
        string At(string name) => Path.Combine(folder, name);
        Directory.CreateDirectory(folder);

        Pictures(At("sound"), 3, (64, 48));
        Sound(Path.Combine(At("sound"), "audio.wav"), Rate, 3);
        Pictures(At("stereo"), 5, (128, 96));
        Sound(Path.Combine(At("stereo"), "audio.wav"), 44100, 5, channels: 2);
        Pictures(At("silent"), 2, (96, 64));
        Drawn(0, (64, 64)).SavePng(At("picture.png"));
        File.WriteAllBytes(At("picture.jpg"), Drawn(1, (80, 60)).ToJpeg());
        Drawn(2, (1, 1)).SavePng(At("pixel.png"));
        Video(At("video.mp4"), "64x48", "-f", "lavfi", "-i", "sine=duration=2", "-shortest");
        Video(At("mute.mkv"), "66x50");
        Video(At("loop.gif"), "64x64");

        Directory.CreateDirectory(At("no-frames"));
        Pictures(At("sizes"), 1, (64, 48));
        Drawn(1, (48, 64)).SavePng(Path.Combine(At("sizes"), "frames", "1.png"));
        Pictures(At("cut-frame"), 3, (64, 48));
        Cut(Path.Combine(At("sound"), "frames", "2.png"), Path.Combine(At("cut-frame"), "frames", "2.png"));
        Pictures(At("cut-sound"), 2, (64, 48));
        File.WriteAllText(Path.Combine(At("cut-sound"), "audio.wav"), "RIFF");
        Pictures(At("fast-sound"), 2, (64, 48));
        Sound(Path.Combine(At("fast-sound"), "audio.wav"), 768_000, 1);
        Cut(At("picture.png"), At("cut.png"));
        Cut(At("video.mp4"), At("cut.mp4"));
        File.WriteAllBytes(At("bomb.png"), Bomb(At("picture.png")));
        File.WriteAllText(At("notes.mp4"), "no video\n");

        return
        [
            new("folder with sound", At("sound")), new("cut picture", At("cut.png"), IsBroken: true), new("picture", At("picture.png")),
            new("folder without frames", At("no-frames"), IsBroken: true), new("silent folder", At("silent")), new("photograph", At("picture.jpg")),
            new("cut sound", At("cut-sound"), IsBroken: true), new("stereo", At("stereo")),
            new("picture of 60,000 pixels a side", At("bomb.png"), IsBroken: true),
            new("video", At("video.mp4")), new("frames of two sizes", At("sizes"), IsBroken: true), new("one pixel", At("pixel.png")),
            new("text called a video", At("notes.mp4"), IsBroken: true), new("silent video", At("mute.mkv")), new("cut frame", At("cut-frame"), IsBroken: true),
            new("gif", At("loop.gif")), new("cut video", At("cut.mp4"), IsBroken: true), new("sound of 768 kHz", At("fast-sound"), IsBroken: true),
            new("marked video", At("video.mp4"), HasVideo: true), new("no file", At("none.mp4"), IsBroken: true),
        ];
    }

    private static void Pictures(string clip, int count, (int Width, int Height) size)
    {
        for (int i = 0; i < count; i++)
            Drawn(i, size).SavePng(Path.Combine(clip, "frames", $"{i}.png"));
    }

    // A ground of two colours, and a square that moves.
    private static Image Drawn(int index, (int Width, int Height) size)
    {
        var image = new Image(size.Width, size.Height);
        for (int y = 0; y < size.Height; y++)
            for (int x = 0; x < size.Width; x++)
            {
                bool isSquare = x >= 4 + 3 * index && x < 28 + 3 * index && y is >= 10 and < 34;
                (image[x, y][0], image[x, y][1], image[x, y][2]) = isSquare ? ((byte)230, (byte)40, (byte)60) : ((byte)(2 * x), (byte)(2 * y), (byte)90);
            }
        return image;
    }

    private static void Sound(string path, int rate, int seconds, int channels = 1)
    {
        var wav = new byte[44 + 2 * channels * rate * seconds];
        "RIFF"u8.CopyTo(wav);
        BinaryPrimitives.WriteInt32LittleEndian(wav.AsSpan(4), wav.Length - 8);
        "WAVEfmt "u8.CopyTo(wav.AsSpan(8));
        BinaryPrimitives.WriteInt32LittleEndian(wav.AsSpan(16), 16);
        BinaryPrimitives.WriteInt16LittleEndian(wav.AsSpan(20), 1);
        BinaryPrimitives.WriteInt16LittleEndian(wav.AsSpan(22), (short)channels);
        BinaryPrimitives.WriteInt32LittleEndian(wav.AsSpan(24), rate);
        BinaryPrimitives.WriteInt32LittleEndian(wav.AsSpan(28), 2 * channels * rate);
        BinaryPrimitives.WriteInt16LittleEndian(wav.AsSpan(32), (short)(2 * channels));
        BinaryPrimitives.WriteInt16LittleEndian(wav.AsSpan(34), 16);
        "data"u8.CopyTo(wav.AsSpan(36));
        BinaryPrimitives.WriteInt32LittleEndian(wav.AsSpan(40), wav.Length - 44);
        for (int i = 0; i < rate * seconds * channels; i++)
            BinaryPrimitives.WriteInt16LittleEndian(wav.AsSpan(44 + 2 * i), (short)(8000 * Math.Sin(2 * Math.PI * 440 * (i / channels) / rate)));
        File.WriteAllBytes(path, wav);
    }

    private static void Video(string path, string size, params string[] more)
    {
        using Process ffmpeg = Process.Start(
            "ffmpeg", ["-v", "error", "-y", "-f", "lavfi", "-i", $"testsrc=size={size}:rate=10:duration=2", .. more, path]);
        ffmpeg.WaitForExit();
        if (ffmpeg.ExitCode != 0)
            throw new InvalidOperationException($"ffmpeg did not draw {path}");
    }

    private static void Cut(string whole, string path)
    {
        byte[] bytes = File.ReadAllBytes(whole);
        File.WriteAllBytes(path, bytes[..(bytes.Length * 2 / 5)]);
    }

    // The header says 60,000 by 60,000.
    private static byte[] Bomb(string whole)
    {
        byte[] bytes = File.ReadAllBytes(whole);
        BinaryPrimitives.WriteInt32BigEndian(bytes.AsSpan(16), 60_000);
        BinaryPrimitives.WriteInt32BigEndian(bytes.AsSpan(20), 60_000);
        return bytes;
    }
}
