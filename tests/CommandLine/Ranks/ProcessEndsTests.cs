using System.Diagnostics;
using System.Globalization;
using SspNative.Cli.Ranks;
using SspNative.Tests.Support;
using Xunit;

namespace SspNative.Tests.CommandLine.Ranks;

[Collection(nameof(ProcessTests))]
public sealed class ProcessEndsTests
{
    [SkippableFact]
    public void TheFirstOfSeveralIsNamedAndTheOthersAreEnded()
    {
        Skip.IfNot(OperatingSystem.IsLinux(), "Linux alone keeps the order of ends");
        Process[] sleepers = [.. Enumerable.Range(0, 3).Select(_ => Process.Start("sleep", "100"))];
        using (var ends = ProcessEnds.TryWatch([.. sleepers.Select(s => s.Id)])!)
        {
            // Both have ended before anyone looks.
            foreach (int i in (int[])[1, 0])
            {
                sleepers[i].Kill();
                Assert.True(sleepers[i].WaitForExit(10_000));
            }
            Assert.Equal(1, ends.WaitForFirst());
            ends.EndAll();
            Assert.True(sleepers[2].WaitForExit(10_000), "it goes on");
        }
        foreach (Process sleeper in sleepers)
            sleeper.Dispose();
    }

    // Others end as soon as they see that its memory is gone, which for much memory is long before the process is.
    [SkippableFact]
    public void AProcessEndsBeforeItsMemoryIsGivenBack()
    {
        Skip.IfNot(OperatingSystem.IsOSPlatformVersionAtLeast("linux", 6, 9), "the system tells of no thread's end");
        const string program = "threads->create(sub { $0 = '.NET Finalizer'; sleep 100 })->detach; "
            + "my $held = 'a' x (1 << 30); $| = 1; print 'ready'; sleep 100";
        using Process large = Process.Start(new ProcessStartInfo("perl", ["-Mthreads", "-e", program]) { RedirectStandardOutput = true })!;
        using Process small = Process.Start("sleep", "100");
        Skip.IfNot(large.StandardOutput.Read() == 'r', "perl has no threads");
        using var ends = ProcessEnds.TryWatch([small.Id, large.Id])!;
        string thread = Directory.GetDirectories($"/proc/{large.Id}/task").Max()!;
        large.Kill();
        while (!HasEnded(thread))
        {
        }
        small.Kill();
        Assert.Equal(1, ends.WaitForFirst());
    }

    // As a rank does that reads the memory of one that is killed.
    [SkippableFact]
    public void AKilledProcessGoesBeforeOneThatEndsOfItself()
    {
        Skip.IfNot(OperatingSystem.IsLinux(), "Linux alone tells what ends a process");
        const string program = "my $held = 'a' x (1 << 30); $| = 1; print 'ready'; sleep 100";
        using Process killed = Process.Start(new ProcessStartInfo("perl", ["-e", program]) { RedirectStandardOutput = true })!;
        // Its parent, like a launcher of ranks, does not ask what became of it.
        const string child = "$| = 1; if (my $id = fork) { print \"$id\\n\"; sleep 100 } else { <STDIN>; exit 3 }";
        using Process parent = Process.Start(new ProcessStartInfo("perl", ["-e", child]) { RedirectStandardInput = true, RedirectStandardOutput = true })!;
        int follows = int.Parse(parent.StandardOutput.ReadLine()!, CultureInfo.InvariantCulture);
        Assert.Equal('r', killed.StandardOutput.Read());
        using var ends = ProcessEnds.TryWatch([follows, killed.Id])!;
        killed.Kill();
        parent.StandardInput.Close();
        Assert.Equal(1, ends.WaitForFirst());
        parent.Kill();
    }

    private static bool HasEnded(string thread)
    {
        try
        {
            return File.ReadAllText($"{thread}/stat").Split(") ")[1].StartsWith('Z');
        }
        catch (IOException)
        {
            return true;
        }
    }

    [SkippableFact]
    public void AProcessThatIsGoneCannotBeWatched()
    {
        Skip.IfNot(OperatingSystem.IsLinux(), "Linux alone has it");
        using var gone = Process.Start("true");
        gone.WaitForExit();
        Assert.Null(ProcessEnds.TryWatch([gone.Id]));
    }
}
