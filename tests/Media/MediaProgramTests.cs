using SspNative.Engine;
using SspNative.Model.Media;
using SspNative.Tests.Support;
using Xunit;

namespace SspNative.Tests.Media;

public class MediaProgramTests
{
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
