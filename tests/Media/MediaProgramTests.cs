using System.Diagnostics;
using SspNative.Engine;
using SspNative.Model.Media;
using SspNative.Tests.Support;
using Xunit;

namespace SspNative.Tests.Media;

public class MediaProgramTests
{
    // An MP4 takes no MP3 of so low a rate; it is encoded anew.
    [SkippableFact]
    public void SoundOfEveryRateIsWrittenForBrowsers()
    {
        Skip.IfNot(Programs.HasFfmpeg, "ffmpeg is not installed");
        using var folder = new TemporaryFolder();
        foreach (string rate in (string[])["8000", "44100"])
        {
            string video = Made(folder[$"{rate}.mkv"], "-f", "lavfi", "-i", "testsrc=size=64x48:rate=5:duration=2", "-f", "lavfi", "-i",
                $"sine=duration=2:sample_rate={rate}", "-c:v", "libx264", "-pix_fmt", "yuv420p", "-c:a", "libmp3lame", "-ar", rate);
            VideoInfo info = FfmpegMedia.Probe(video);
            Assert.Equal((true, rate != "8000"), (info.HasBrowserPictures, info.HasBrowserSound));
            FfmpegMedia.WriteBrowserVideo(video, info, new SoundTrack(video, info.HasBrowserSound), folder[$"{rate}.mp4"]);
            Assert.True(FfmpegMedia.Probe(folder[$"{rate}.mp4"]).HasBrowserSound);
        }
    }

    // Matroska says how long each track is; its own length is that of the longest.
    [SkippableTheory]
    [InlineData("mkv", "libx264")]
    [InlineData("webm", "libvpx")]
    public void AVideoEndsWithItsPictures(string extension, string codec)
    {
        Skip.IfNot(Programs.HasFfmpeg, "ffmpeg is not installed");
        using var folder = new TemporaryFolder();
        string video = Made(folder[$"long-sound.{extension}"], "-f", "lavfi", "-i", "testsrc=size=64x48:rate=5:duration=2", "-f", "lavfi", "-i",
            "sine=duration=5", "-c:v", codec, "-c:a", extension == "mkv" ? "aac" : "libvorbis");
        VideoInfo info = FfmpegMedia.Probe(video);
        Assert.InRange(info.Seconds, 1.9, 2.1);
        Assert.Equal(2, FfmpegMedia.Frames(video, info, 1).Count());
    }

    private static string Made(string path, params string[] arguments)
    {
        using Process ffmpeg = Process.Start("ffmpeg", ["-v", "error", .. arguments, path]);
        ffmpeg.WaitForExit();
        Assert.Equal(0, ffmpeg.ExitCode);
        return path;
    }

    // Without waiting for the garbage collector: a server's clips would come to the limit of open files before it.
    [SkippableFact]
    public void ProgramsLeaveNoHandles()
    {
        Skip.IfNot(OperatingSystem.IsLinux() && Programs.HasFfmpeg, "needs Linux's list of handles, and ffmpeg");
        using var folder = new TemporaryFolder();
        File.WriteAllText(folder["notes.mp4"], "no video");
        Run();
        int before = Handles();
        for (int i = 0; i < 8; i++)
            Run();
        Assert.InRange(Handles(), 0, before + 4);

        void Run()
        {
            FfmpegMedia.VersionOf("ffmpeg");
            Assert.Throws<InputException>(() => FfmpegMedia.Probe(folder["notes.mp4"]));
        }

        static int Handles() => Directory.GetFileSystemEntries("/proc/self/fd").Length;
    }
}
