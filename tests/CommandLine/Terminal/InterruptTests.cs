using System.Diagnostics;
using System.Text;
using System.Text.Json;
using SspNative.Cli.Terminal;
using SspNative.Model.Config;
using SspNative.Model.Data.Synthetic;
using SspNative.Model.Media;
using SspNative.Tests.Architecture;
using SspNative.Tests.Support;
using Xunit;

namespace SspNative.Tests.CommandLine.Terminal;

/// <summary>Ctrl-C and SIGTERM: exit code 130, nothing half-written, no trace, and the terminal as it was.</summary>
[Collection(nameof(ProcessTests))]
public sealed class InterruptTests : IDisposable
{
    private const string HideCursor = "\u001b[?25l", ShowCursor = "\u001b[?25h";
    private const int Patience = 120_000;

    private static readonly string _model = Repository.Path("models/synth-avs.safetensors");

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    // The verbs in this process, told to stop before they begin.
    [Theory]
    [InlineData("segment CLIP --out OUT --weights procedural --config TINY --flow pyramid")]
    [InlineData("profile segment CLIP --out OUT --weights procedural --config TINY --flow none")]
    [InlineData("eval MODEL --data SET --flow none --save-masks OUT")]
    [InlineData("data synth --out OUT --clips 3 --seed 2 --size 32")]
    [InlineData("verify REFERENCE")]
    [InlineData("bench kernels --only softmax --quick --plot OUT")]
    [InlineData("bench growth --only keys --quick --plot OUT")]
    [InlineData("describe --config TINY")]
    public void AVerbThatIsToStopLeavesNothing(string line)
    {
        WriteInputs();
        string[] before = Directory.GetFileSystemEntries(_folder.Path);
        using var stop = new CancellationTokenSource();
        stop.Cancel();
        CommandRun run = CommandRun.Of(stop.Token, Arguments(line));
        Assert.True(run.Code == ExitCodes.Interrupted, run.Error);
        Assert.Equal(before, Directory.GetFileSystemEntries(_folder.Path));
        Assert.DoesNotContain("   at ", run.Error);
    }

    [Fact]
    public void ATrainingThatIsToStopGoesOnLater()
    {
        WriteInputs();
        string[] train = Arguments("train --data SET --out RUN --flow none --config TINY --options OPTIONS");
        using var stop = new CancellationTokenSource();
        stop.Cancel();
        CommandRun run = CommandRun.Of(stop.Token, train);
        Assert.True(run.Code == ExitCodes.Interrupted, run.Error);
        Assert.Contains("--resume", run.Error);
        CommandRun rest = CommandRun.Of(Arguments("train --data SET --out RUN --resume"));
        Assert.True(rest.Code == ExitCodes.Success, rest.Error);
        string made = Path.Combine(_folder["run"], "best.safetensors");
        Assert.EndsWith($"{made} is the trained model. Next: ssp eval {made} --data {_folder["set"]} --flow none", rest.Output.TrimEnd());
    }

    [SkippableTheory]
    [InlineData("INT", 0)]
    [InlineData("INT", 150)]
    [InlineData("INT", 700)]
    [InlineData("TERM", 300)]
    public void ADataSetThatIsInterruptedIsGone(string signal, int delay)
    {
        string[] args = Arguments("data synth --out OUT --clips 5000 --seed 1");
        Interrupted(args, signal, () => Directory.GetDirectories(_folder.Path, "*.partial", Hidden).Any(HasClips), delay);
        Assert.Empty(Directory.GetFileSystemEntries(_folder.Path));
    }

    [SkippableFact]
    public void MasksThatAreInterruptedAreGone()
    {
        SyntheticDataSet.Write(_folder["set"], new SyntheticOptions(60, 5, 64, 5, SplitShares.Parse("test")), (_, _, _) => { });
        string[] args = Arguments("eval MODEL --data SET --flow none --save-masks OUT");
        Interrupted(args, "INT", () => Directory.GetDirectories(_folder.Path, "*.partial", Hidden).Any(HasClips), 0);
        Assert.Equal([_folder["set"]], Directory.GetFileSystemEntries(_folder.Path));
    }

    [SkippableFact]
    public void ASegmentationThatIsInterruptedIsGone()
    {
        WriteClip(frames: 60);
        string[] args = Arguments("segment CLIP --out OUT");
        Interrupted(args, "INT", () => Directory.GetDirectories(_folder.Path, "*.partial", Hidden).Length > 0, 1000);
        Assert.Equal([_folder["clip"]], Directory.GetFileSystemEntries(_folder.Path));
    }

    [SkippableFact]
    public void ATerminalHasItsCursorAgain()
    {
        (int code, string shown) = InTerminal(
            "data synth --out OUT --clips 5000 --seed 1",
            (input, _) => input.Write('\u0003'),
            _ => Directory.GetDirectories(_folder.Path, "*.partial", Hidden).Any(HasClips));
        Assert.True(code == ExitCodes.Interrupted, shown);
        AssertCursor(shown);
        Assert.Contains("ssp data synth: interrupted", shown);
        Assert.Empty(Directory.GetFileSystemEntries(_folder.Path));
    }

    [SkippableFact]
    public void ASecondCtrlCEndsAtOnce()
    {
        // The full-size network takes seconds to be made and for a pair of frames, within which nothing looks whether to stop.
        WriteClip(frames: 2, size: 64);
        var clock = new Stopwatch();
        (int code, string shown) = InTerminal(
            "segment CLIP --out OUT --weights procedural --flow perceiver",
            (input, wait) =>
            {
                input.Write('\u0003');
                input.Flush();
                wait(400);
                input.Write('\u0003');
                clock.Start();
            },
            text => text.Contains("optical flow", StringComparison.Ordinal));
        Assert.InRange(clock.ElapsedMilliseconds, 0, 5000);
        Assert.True(code == ExitCodes.Interrupted, shown);
        AssertCursor(shown);
    }

    private static EnumerationOptions Hidden => new() { AttributesToSkip = FileAttributes.None };

    private static bool HasClips(string folder)
    {
        try
        {
            return Directory.EnumerateFiles(folder, "*.png", SearchOption.AllDirectories).Skip(8).Any();
        }
        catch (DirectoryNotFoundException)
        {
            return false;
        }
    }

    private static void AssertCursor(string shown)
    {
        Assert.Contains(HideCursor, shown);
        Assert.True(shown.LastIndexOf(ShowCursor, StringComparison.Ordinal) > shown.LastIndexOf(HideCursor, StringComparison.Ordinal), "the cursor is hidden");
        Assert.DoesNotContain("   at ", shown);
    }

    private string[] Arguments(string line) =>
    [
        .. line.Split(' ').Select(a => a switch
        {
            "CLIP" => _folder["clip"],
            "SET" => _folder["set"],
            "OUT" => _folder["out"],
            "RUN" => _folder["run"],
            "TINY" => _folder["tiny.json"],
            "OPTIONS" => _folder["options.json"],
            "MODEL" => _model,
            "REFERENCE" => Repository.Path("tests/reference/ops"),
            _ => a,
        }),
    ];

    private void WriteInputs()
    {
        WriteClip(frames: 2);
        SyntheticDataSet.Write(_folder["set"], new SyntheticOptions(4, 5, 64, 2, SplitShares.Parse("0.5,0.25,0.25")), (_, _, _) => { });
        File.WriteAllText(_folder["tiny.json"], JsonSerializer.Serialize(TinyModel.Binary, ConfigJson.Options));
        File.WriteAllText(_folder["options.json"], JsonSerializer.Serialize(TinyModel.Options with { Epochs = 1 }, ConfigJson.Options));
    }

    private void WriteClip(int frames, int size = 64)
    {
        string folder = Path.Combine(_folder["clip"], "frames");
        Directory.CreateDirectory(folder);
        for (int t = 0; t < frames; t++)
        {
            var frame = new Image(size, size);
            new Random(t).NextBytes(frame.Rgb);
            frame.SavePng(Path.Combine(folder, $"{t:000}.png"));
        }
        Fixtures.WriteWav(Path.Combine(_folder["clip"], "audio.wav"), frames);
    }

    private static Process Start(string program, IEnumerable<string> args)
    {
        var start = new ProcessStartInfo(program, args)
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            StandardOutputEncoding = Encoding.UTF8,
        };
        start.Environment["TERM"] = "xterm-256color";
        return Process.Start(start)!;
    }

    // A signal that this process ignores, as jobs in the background do, would be ignored there too.
    private static IEnumerable<string> Command(IEnumerable<string> args) =>
        ["--default-signal=INT", "dotnet", Path.Combine(AppContext.BaseDirectory, "ssp.dll"), .. args];

    // Runs the command, sends a signal some milliseconds after a moment, and checks how it ends.
    private static void Interrupted(string[] args, string signal, Func<bool> moment, int delay)
    {
        Skip.IfNot(OperatingSystem.IsLinux(), "signals are sent with Linux's commands");
        using Process process = Start("/usr/bin/env", Command(args));
        try
        {
            Task<string> output = process.StandardOutput.ReadToEndAsync(), error = process.StandardError.ReadToEndAsync();
            WaitFor(() => process.HasExited || moment(), () => error.IsCompleted ? error.Result : "it still runs");
            Thread.Sleep(delay);
            Assert.False(process.HasExited, "it ended before it was interrupted");
            using (Process kill = Process.Start("/bin/kill", [$"-{signal}", $"{process.Id}"]))
                kill.WaitForExit();
            Assert.True(process.WaitForExit(Patience), "it did not end");
            Assert.Equal(ExitCodes.Interrupted, process.ExitCode);
            Assert.EndsWith("interrupted", Assert.Single(error.Result.Split('\n', StringSplitOptions.RemoveEmptyEntries)));
            Assert.Empty(output.Result);
        }
        finally
        {
            End(process);
        }
    }

    // Runs the command on a terminal of its own.
    private (int Code, string Shown) InTerminal(string line, Action<StreamWriter, Action<int>> type, Func<string, bool> moment)
    {
        Skip.IfNot(OperatingSystem.IsLinux() && File.Exists("/usr/bin/script"), "the command 'script' makes the terminal");
        string command = string.Join(' ', Command(Arguments(line)).Prepend("/usr/bin/env").Select(a => $"'{a}'"));
        using Process process = Start("/usr/bin/script", ["-qefc", command, "/dev/null"]);
        try
        {
            var shown = new StringBuilder();
            var reading = Task.Run(() =>
            {
                char[] part = new char[4096];
                for (int read; (read = process.StandardOutput.Read(part)) > 0;)
                    lock (shown)
                        shown.Append(part, 0, read);
            });
            WaitFor(() => process.HasExited || Shown().Contains(HideCursor, StringComparison.Ordinal) && moment(Shown()), Shown);
            type(process.StandardInput, Thread.Sleep);
            process.StandardInput.Flush();
            Assert.True(process.WaitForExit(Patience), "it did not end");
            reading.Wait(Patience);
            return (process.ExitCode, Shown());

            string Shown()
            {
                lock (shown)
                    return shown.ToString();
            }
        }
        finally
        {
            End(process);
        }
    }

    private static void WaitFor(Func<bool> moment, Func<string> seen)
    {
        var clock = Stopwatch.StartNew();
        while (!moment())
        {
            Assert.True(clock.ElapsedMilliseconds < Patience, $"nothing to interrupt: {seen()}");
            Thread.Sleep(20);
        }
    }

    private static void End(Process process)
    {
        if (!process.HasExited)
            process.Kill(entireProcessTree: true);
    }
}
