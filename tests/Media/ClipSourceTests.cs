using System.Buffers.Binary;
using System.Diagnostics;
using SspNative.Engine;
using SspNative.Model.Data.Synthetic;
using SspNative.Model.Media;
using SspNative.Tests.Support;
using Xunit;

namespace SspNative.Tests.Media;

public sealed class ClipSourceTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("ssp-clip").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void AFolderGivesItsFramesInNaturalOrder()
    {
        for (int i = 0; i < 12; i++)
            Solid(8, 6, (byte)(20 * i)).SavePng(Path.Combine(_folder, "frames", $"{i}.png"));
        File.WriteAllBytes(Path.Combine(_folder, "audio.wav"), Soundtrack.ToWav(new short[16000]));
        ClipSource clip = ClipSource.Open(_folder + Path.DirectorySeparatorChar);
        Assert.Equal(Path.GetFileName(_folder), clip.Name);
        Assert.Equal(12, clip.FrameCount);
        Assert.Equal(Enumerable.Range(0, 12).Select(i => 20 * i), clip.Frames().Select(f => (int)f.Rgb[0]));
        Assert.Equal(16000, clip.Audio().Length);
    }

    [Fact]
    public void WhatIsWrongWithAFolderIsSaid()
    {
        Assert.Contains("no frames", Error(() => ClipSource.Open(_folder)));
        Solid(8, 6, 0).SavePng(Path.Combine(_folder, "frames", "0.png"));
        File.WriteAllText(Path.Combine(_folder, "sound.wav"), "");
        Assert.Contains("sound.wav, but its sound must be called audio.wav", Error(() => ClipSource.Open(_folder)));

        string sound = Path.Combine(_folder, "audio.wav");
        File.WriteAllBytes(sound, []);
        Assert.Contains("not a WAV", Error(() => ClipSource.Open(_folder).Audio()));
        File.WriteAllBytes(sound, Soundtrack.ToWav([]));
        Assert.Contains("no sound", Error(() => ClipSource.Open(_folder).Audio()));

        Solid(8, 7, 0).SavePng(Path.Combine(_folder, "frames", "1.png"));
        Assert.Contains("8×7", Error(() => ClipSource.Open(_folder).Frames().Count()));
        File.WriteAllText(Path.Combine(_folder, "frames", "1.png"), "text");
        Assert.Contains("1.png", Error(() => ClipSource.Open(_folder).Frames().Count()));
        Solid(8, 6, 0).SavePng(Path.Combine(_folder, "frames", "0.jpg"));
        Assert.Contains("0.png: 0.jpg is that frame too; leave one of them", Error(() => ClipSource.Open(_folder)));
        Assert.Contains("frames per second", Error(() => ClipSource.Open(_folder, 0)));
        Assert.Contains("no such file", Error(() => ClipSource.Open(Path.Combine(_folder, "missing.mp4"))));
    }

    [Fact]
    public void AFolderWithoutSoundIsSilent()
    {
        Solid(8, 6, 7).SavePng(Path.Combine(_folder, "frames", "0.png"));
        AssertSilent(ClipSource.Open(_folder), 1);
    }

    [Fact]
    public void APictureIsASilentClipOfOneFrame()
    {
        string png = Path.Combine(_folder, "picture.dat"), jpeg = Path.Combine(_folder, "picture.jpg");
        Solid(8, 6, 9).SavePng(png);
        File.WriteAllBytes(jpeg, Solid(8, 6, 9).ToJpeg());
        foreach (string path in new[] { png, jpeg })
            AssertSilent(ClipSource.Open(path), 1);
        Assert.Equal("picture", ClipSource.Open(jpeg).Name);
    }

    [Fact]
    public void WhatIsNoClipIsSaid()
    {
        Assert.Contains("URLs are not read; download the file first", Error(() => ClipSource.Open("https://example.org/clip.mp4")));
        string video = Path.Combine(_folder, "b.mp4");
        File.WriteAllText(video, "");
        File.WriteAllText(Path.Combine(_folder, "c.webm"), "");
        Assert.Contains($"name one of them, such as {video}", Error(() => ClipSource.Open(_folder)));
    }

    [SkippableFact]
    public void AVideoWithoutSoundIsSilent()
    {
        string video = Make("-f", "lavfi", "-i", "testsrc=s=32x32:r=5:d=2", Path.Combine(_folder, "silent.mkv"));
        AssertSilent(ClipSource.Open(video), 2);
        string gif = Make("-f", "lavfi", "-i", "testsrc=s=32x32:r=5:d=2", Path.Combine(_folder, "moving.gif"));
        AssertSilent(ClipSource.Open(gif), 2);
    }

    [SkippableTheory]
    [InlineData(0.3)]
    [InlineData(0.04)]
    public void AShortVideoHasItsFirstFrame(double seconds)
    {
        string length = seconds.ToString(System.Globalization.CultureInfo.InvariantCulture);
        string video = Make("-f", "lavfi", "-i", $"color=black:s=64x48:r=25:d={length},format=gray,geq=lum='100+9*N'",
            "-f", "lavfi", "-i", $"sine=440:d={length}", "-c:v", "ffv1", "-c:a", "pcm_s16le", Path.Combine(_folder, "short.mkv"));
        ClipSource clip = ClipSource.Open(video);
        Assert.Equal(1, clip.FrameCount);
        Assert.InRange(Assert.Single(clip.Frames()).Rgb[0], 99, 101);
        Assert.InRange(clip.Audio().Length, seconds * 16000 - 2, seconds * 16000 + 2);
    }

    // An AVI begins as a WAV does.
    [SkippableFact]
    public void TheSoundOfAnAviIsRead()
    {
        Solid(8, 6, 0).SavePng(Path.Combine(_folder, "frames", "0.png"));
        string sound = Make("-f", "lavfi", "-i", "sine=440:d=1", "-c:a", "pcm_s16le", Path.Combine(_folder, "dub.avi"));
        Assert.InRange(ClipSource.Open(_folder, 1, sound).Audio().Length, 15_998, 16_002);
    }

    [Theory]
    [InlineData(2.49, 2)]
    [InlineData(2.5, 3)]
    [InlineData(3.5, 4)]
    [InlineData(0.2, 1)]
    public void HalfAFrameCounts(double seconds, int frames) => Assert.Equal(frames, new VideoInfo(seconds, HasAudio: false).FrameCount(1));

    [SkippableTheory]
    [InlineData(1, 3)]
    [InlineData(4, 13)]
    public void AVideoIsSampledLateInEachInterval(double framesPerSecond, int count)
    {
        // Every picture's gray level is twice its number; 16 pictures a second, 3.25 s.
        string video = Make("-f", "lavfi", "-i", "color=black:s=64x48:r=16:d=3.25,format=gray,geq=lum='2*N'",
            "-f", "lavfi", "-i", "sine=440:d=3.25", "-c:v", "ffv1", "-c:a", "pcm_s16le", Path.Combine(_folder, "clip.mkv"));
        ClipSource clip = ClipSource.Open(video, framesPerSecond);
        Assert.Equal("clip", clip.Name);
        Assert.Equal(count, clip.FrameCount);
        var frames = clip.Frames().ToList();
        Assert.Equal(count, frames.Count);
        for (int k = 0; k < count; k++)
        {
            Assert.Equal((64, 48), (frames[k].Width, frames[k].Height));
            int shown = (int)Math.Floor((k + 15.0 / 16) / framesPerSecond * 16);
            Assert.InRange(frames[k].Rgb[0], 2 * shown - 1, 2 * shown + 1);
        }
        Assert.InRange(clip.Audio().Length, 3.25 * 16000 - 2, 3.25 * 16000 + 2);
    }

    [SkippableFact]
    public void FramesCanBeLeftUnread()
    {
        string video = Make("-f", "lavfi", "-i", "testsrc=s=320x240:r=25:d=20", "-f", "lavfi", "-i", "sine=d=20",
            "-c:v", "mpeg4", Path.Combine(_folder, "long.mp4"));
        Assert.Equal(3, ClipSource.Open(video, 25).Frames().Take(3).Count());
    }

    [SkippableFact]
    public void ABrokenOffVideoIsAnError()
    {
        string whole = Make("-f", "lavfi", "-i", "testsrc=s=64x48:r=10:d=10", "-f", "lavfi", "-i", "sine=d=10",
            "-c:v", "ffv1", "-c:a", "pcm_s16le", Path.Combine(_folder, "whole.mkv"));
        string broken = Path.Combine(_folder, "broken.mkv");
        File.WriteAllBytes(broken, File.ReadAllBytes(whole)[..^((int)new FileInfo(whole).Length / 2)]);
        Assert.Contains("breaks off after", Error(() => ClipSource.Open(broken).Frames().Count()));
    }

    [SkippableFact]
    public void ARotatedVideoIsShownUpright()
    {
        string video = Make("-f", "lavfi", "-i", "testsrc=s=64x48:r=5:d=1", "-f", "lavfi", "-i", "sine=d=1",
            "-c:v", "mpeg4", Path.Combine(_folder, "upright.mp4"));
        // The display matrix of the first track header, 40 bytes in, as 16.16 fixed point: a quarter turn.
        byte[] mp4 = File.ReadAllBytes(video);
        Span<byte> matrix = mp4.AsSpan(mp4.AsSpan().IndexOf("tkhd"u8) + 44, 20);
        foreach ((int entry, int value) in new[] { (0, 0), (1, 0x10000), (3, -0x10000), (4, 0) })
            BinaryPrimitives.WriteInt32BigEndian(matrix[(4 * entry)..], value);
        File.WriteAllBytes(video, mp4);
        Image frame = ClipSource.Open(video).Frames().Single();
        Assert.Equal((48, 64), (frame.Width, frame.Height));
    }

    [SkippableFact]
    public void StereoIsMixedWithoutGettingLouder()
    {
        string video = Make("-f", "lavfi", "-i", "testsrc=s=32x32:r=5:d=1", "-f", "lavfi",
            "-i", "aevalsrc='0.9*sin(2*PI*440*t)|0.9*sin(2*PI*440*t)':s=44100:d=1", "-c:v", "ffv1", "-c:a", "pcm_s16le",
            Path.Combine(_folder, "stereo.mkv"));
        Assert.InRange(ClipSource.Open(video).Audio().Max(), 0.88f, 0.92f);
    }

    [SkippableFact]
    public void WhatIsWrongWithAVideoIsSaid()
    {
        string soundOnly = Make("-f", "lavfi", "-i", "sine=d=1", Path.Combine(_folder, "sound.wav"));
        Assert.Contains("no video track", Error(() => ClipSource.Open(soundOnly)));
        string text = Path.Combine(_folder, "text.mp4");
        File.WriteAllText(text, "not a video");
        Assert.Contains("not a video", Error(() => ClipSource.Open(text)));
    }

    private static void AssertSilent(ClipSource clip, int frames)
    {
        Assert.False(clip.HasAudio);
        Assert.Equal(frames, clip.Frames().Count());
        Assert.Equal(new float[16000], clip.Audio());
    }

    [SkippableFact]
    public void SoundIsDecodedFromItsFirstSampleToItsLast()
    {
        short[] samples = [.. Enumerable.Range(0, 16000).Select(i => (short)(i * 7919 % 20011 - 10000))];
        string sound = Path.Combine(_folder, "sound.wav"), video = Path.Combine(_folder, "sound.avi");
        Directory.CreateDirectory(_folder);
        File.WriteAllBytes(sound, Soundtrack.ToWav(samples));
        Make("-f", "lavfi", "-i", "color=s=16x16:d=1:r=10", "-i", sound, "-c:v", "mjpeg", "-c:a", "copy", video);
        Assert.Equal(samples, ClipSource.Open(video).Audio().Select(s => (short)(s * 32768)));
    }

    [SkippableFact]
    public void APlaylistDoesNotReadOtherFiles()
    {
        Skip.IfNot(Programs.HasFfmpeg, "ffmpeg is not installed");
        Directory.CreateDirectory(_folder);
        string other = Make("-f", "lavfi", "-i", "testsrc=s=32x32:d=1", "-f", "mpegts", Path.Combine(_folder, "other.ts"));
        string playlist = Path.Combine(_folder, "clip.mp4");
        File.WriteAllText(playlist, $"#EXTM3U\n#EXT-X-TARGETDURATION:1\n#EXTINF:1,\n{other}\n#EXT-X-ENDLIST\n");
        Assert.Contains("not a video", Error(() => ClipSource.Open(playlist)));
        File.WriteAllText(playlist, $"ffconcat version 1.0\nfile '{other}'\n");
        Assert.Contains("not a video", Error(() => ClipSource.Open(playlist)));
    }

    /// <summary>Makes a file with ffmpeg; the last argument is its path.</summary>
    private static string Make(params string[] arguments)
    {
        Skip.IfNot(Programs.HasFfmpeg, "ffmpeg is not installed");
        using Process process = Process.Start(new ProcessStartInfo("ffmpeg", ["-v", "error", "-nostdin", "-y", .. arguments]))!;
        process.WaitForExit();
        Assert.Equal(0, process.ExitCode);
        return arguments[^1];
    }

    private static string Error(Action action)
    {
        string message = Assert.Throws<InputException>(action).Message;
        Assert.DoesNotContain('\n', message);
        return message;
    }

    private static Image Solid(int width, int height, byte value)
    {
        var image = new Image(width, height);
        Array.Fill(image.Rgb, value);
        return image;
    }
}
