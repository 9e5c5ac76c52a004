using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using SspNative.Cli.Terminal;
using SspNative.Engine.Distributed;
using SspNative.Engine.Storage;
using SspNative.Model.Config;
using SspNative.Model.Data.Synthetic;
using SspNative.Model.Training;
using SspNative.Tests.Support;
using Xunit;

namespace SspNative.Tests.Distributed;

/// <summary>The command on several ranks of MPI does what one process does, and one rank's end is all ranks' end.</summary>
[Collection(nameof(ProcessTests))]
public sealed class MpiTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [SkippableFact]
    public void TrainingAndEvaluationAreThoseOfOneProcess()
    {
        WriteInputs(epochs: 2);
        CommandRun alone = CommandRun.Of(Train("alone"));
        Assert.True(alone.Code == 0, alone.Error);
        foreach (int ranks in (int[])[2, 3])
        {
            using MpiRun run = MpiRun.Of(ranks, Train($"on-{ranks}"));
            Assert.True(run.Process.ExitCode == 0, run.Error);
            Assert.Empty(run.Error);
            foreach (string file in (string[])["last.safetensors", "best.safetensors"])
                Assert.Equal(Hash("alone", file), Hash($"on-{ranks}", file));
            foreach (string file in (string[])["metrics.csv", "scores.csv"])
                Assert.Equal(File.ReadAllText(_folder[$"alone/{file}"]), File.ReadAllText(_folder[$"on-{ranks}/{file}"]));
        }
        string[] eval = ["eval", _folder["alone/best.safetensors"], "--data", _folder["set"], "--flow", "none", "--split", "test", "--json"];
        using MpiRun evaluation = MpiRun.Of(3, [.. eval, "--save-masks", _folder["masks"]]);
        Assert.True(evaluation.Process.ExitCode == 0, evaluation.Error);
        Assert.Equal(CommandRun.Of(eval).Output, evaluation.Output);
        Assert.NotEmpty(Directory.GetFiles(_folder["masks"], "*.png", SearchOption.AllDirectories));
    }

    [SkippableFact]
    public void ARunThatFourRanksBeganGoesOnAlone()
    {
        const int epochs = 10, steps = 3 * epochs;
        WriteInputs(epochs);
        Assert.Equal(0, CommandRun.Of(Train("alone")).Code);
        Assert.Equal(steps, Steps("alone"));
        using MpiRun run = MpiRun.Start(["-n", "4", .. MpiRun.Command(Train("run"))]);
        WaitFor(run, () => Steps("run") >= 2);
        Signal("TERM", run.Process.Id);
        Assert.Equal(ExitCodes.Interrupted, run.End());
        Assert.Contains("--resume", Assert.Single(run.Error.Split('\n', StringSplitOptions.RemoveEmptyEntries)));
        Assert.True(Steps("run") < steps, "it had ended before");
        CommandRun rest = CommandRun.Of("train", "--data", _folder["set"], "--out", _folder["run"], "--resume");
        Assert.True(rest.Code == 0, rest.Error);
        Assert.Equal(Hash("alone", "last.safetensors"), Hash("run", "last.safetensors"));
    }

    // The launcher ends the others of a process that dies at once, and the transport below MPI those that read its memory, with reports of their own.
    [SkippableTheory]
    [InlineData("KILL", 0)]
    [InlineData("KILL", 1)]
    [InlineData("KILL", 2)]
    [InlineData("STOP", 2)]
    [InlineData("STOP", 0)]
    public void ARankThatDiesOrHangsEndsAll(string signal, int rank)
    {
        Skip.If((signal, rank) == ("STOP", 2) && !SlowTests.Wanted, "what hangs is waited for; rank 0 stands for all; set SSP_FULL_TESTS=1 to run it");
        WriteInputs(epochs: 1000);
        using MpiRun run = MpiRun.Start(["-n", "3", .. MpiRun.Command(Train("run"))]);
        WaitFor(run, () => Steps("run") >= 4);
        int process = run.Ranks()[rank];
        var clock = Stopwatch.StartNew();
        Signal(signal, process);
        Assert.NotEqual(0, run.End());
        Assert.InRange(clock.Elapsed.TotalSeconds, 0, 10);
        string[] lines = [.. run.Error.Split('\n').Where(l => l.StartsWith("rank ", StringComparison.Ordinal))];
        string fate = signal == "STOP" ? "has not been heard of" : "has died";
        Assert.StartsWith($"rank {rank} (process {process} on {Environment.MachineName}) {fate}", Assert.Single(lines));
        if (File.Exists(_folder["run/last.safetensors"]))
            using (Checkpoint checkpoint = Checkpoint.Open(_folder["run/last.safetensors"]))
                Assert.True(checkpoint.State.Step > 0);
    }

    // Its other threads run on, so that it still says that it lives.
    [SkippableTheory]
    [InlineData(1, null, "[5-7]")]
    [InlineData(0, 3, "[3-5]")]
    public void ARankWhoseDiskDoesNotAnswerEndsAll(int rank, int? patience, string told)
    {
        Skip.If(Programs.Find("strace") is null, "strace is not on the PATH: apt-get install strace");
        WriteInputs(epochs: 1000);
        string[] pictures = Directory.GetFiles(_folder["set"], "*.png", SearchOption.AllDirectories);
        string[] variable = patience is { } seconds ? ["env", $"{IdleClock.Variable}={seconds}"] : [];
        string[] paths = [.. pictures.SelectMany(p => (string[])["-P", p])];
        string[] log = ["-ttt", "-o", _folder["reads"], "-e", "trace=openat", "-e", "signal=none"];
        string[] hang = ["strace", "-f", "-qq", .. log, "-e", "inject=openat:delay_enter=100s", .. paths];
        string[] Rank(int number) => ["-n", "1", .. variable, .. number == rank ? hang : [], .. MpiRun.Command(Train("run"))];
        using MpiRun run = MpiRun.Start([.. Rank(0), ":", .. Rank(1)]);
        Assert.NotEqual(0, run.End());
        double end = (DateTime.UtcNow - DateTime.UnixEpoch).TotalSeconds;
        // A line is a thread, a time and a call.
        string[] first = File.ReadLines(_folder["reads"]).First().Split(' ', StringSplitOptions.RemoveEmptyEntries);
        Assert.InRange(end - double.Parse(first[1], CultureInfo.InvariantCulture), 3, 10);
        string line = Assert.Single(run.Error.Split('\n'), l => l.StartsWith("rank ", StringComparison.Ordinal));
        Assert.Matches($"^rank {rank} \\(process .*\\): it has done nothing for {told} s, as on a disk that does not answer", line);
    }

    // What waits for a disk that works is not ended, although the process that waits does nothing.
    [SkippableFact]
    public void ARankWhoseDiskIsSlowIsWaitedFor()
    {
        Skip.If(!SlowTests.Wanted, "three flushes of 10 s are waited for; set SSP_FULL_TESTS=1 to run it");
        Skip.If(Programs.Find("strace") is null, "strace is not on the PATH: apt-get install strace");
        WriteInputs(epochs: 1);
        string[] slow = ["strace", "-f", "-qq", "-o", "/dev/null", "-e", "trace=fsync", "-e", "inject=fsync:delay_enter=10s:when=1..3"];
        using MpiRun run = MpiRun.Start(["-n", "1", .. slow, .. MpiRun.Command(Train("run")), ":", "-n", "1", .. MpiRun.Command(Train("run"))]);
        // On a disk: what is written to memory, as /tmp may be, counts for nothing.
        string others = Path.Combine(AppContext.BaseDirectory, $"others-{Guid.NewGuid():N}");
        for (var clock = Stopwatch.StartNew(); !run.Process.HasExited && clock.Elapsed < TimeSpan.FromMinutes(2); Thread.Sleep(200))
            AtomicFile.Write(others, stream => stream.Write(new byte[1 << 20]));
        File.Delete(others);
        Assert.True(run.End() == 0, run.Error);
    }

    [SkippableTheory]
    [InlineData("0")]
    [InlineData("ten")]
    public void ATimeThatIsNoneIsRefused(string time)
    {
        WriteInputs(epochs: 1);
        using MpiRun run = MpiRun.Start(["-n", "2", "env", $"{IdleClock.Variable}={time}", .. MpiRun.Command(Train("run"))]);
        Assert.NotEqual(0, run.End());
        Assert.Contains($"SSP_RANK_IDLE={time}: it must be a whole number of seconds, at least 1", run.Error);
    }

    [SkippableFact]
    public void ARankWithOtherOptionsIsRefused()
    {
        WriteInputs(epochs: 2);
        File.WriteAllText(_folder["other.json"], JsonSerializer.Serialize(TinyModel.Options with { Epochs = 3 }, ConfigJson.Options));
        string[] train = Train("run");
        using MpiRun run = MpiRun.Start(
            [
                "-n", "2", .. MpiRun.Command(train), ":", "-n", "1",
                .. MpiRun.Command([.. train.Select(a => a == _folder["options.json"] ? _folder["other.json"] : a)]),
            ]);
        Assert.Equal(ExitCodes.BadInput, run.End());
        Assert.StartsWith("rank 2 has another --options than rank 0", Assert.Single(run.Error.Split('\n', StringSplitOptions.RemoveEmptyEntries)));
        Assert.False(Directory.Exists(_folder["run"]));
    }

    [SkippableFact]
    public void AVerbIsFoundBehindOptionsOfAll()
    {
        WriteInputs(epochs: 1);
        using MpiRun run = MpiRun.Of(2, ["--threads", "1", .. Train("run")]);
        Assert.True(run.Process.ExitCode == 0, run.Error);
        Assert.Empty(run.Error);
        Assert.Equal(3, Steps("run"));
    }

    [SkippableFact]
    public void WhatRanksDoNotShareIsRemarkedOnce()
    {
        using MpiRun run = MpiRun.Of(2, ["describe", "--config", "full"]);
        Assert.True(run.Process.ExitCode == 0, run.Error);
        Assert.Single(run.Error.ReplaceLineEndings(" ").Split("2 processes were started, and each does all the work")[1..]);
    }

    [SkippableFact]
    public void WhatOneRankCannotReadIsSaidOnce()
    {
        WriteInputs(epochs: 2);
        using MpiRun all = MpiRun.Of(3, [.. Train("run"), "--weights", _folder["none.safetensors"]]);
        Assert.Equal(ExitCodes.BadInput, all.Process.ExitCode);
        Assert.Contains("none.safetensors", Assert.Single(all.Error.Split('\n', StringSplitOptions.RemoveEmptyEntries)));
        // A folder may be another's on another machine, so that its content alone tells.
        Directory.CreateDirectory(_folder["empty"]);
        using MpiRun one = MpiRun.Start(
            [
                "-n", "1", .. MpiRun.Command(Train("run")), ":", "-n", "1",
                .. MpiRun.Command([.. Train("run").Select(a => a == _folder["set"] ? _folder["empty"] : a)]),
            ]);
        Assert.NotEqual(0, one.End());
        Assert.StartsWith("rank 1 (process ", Assert.Single(one.Error.Split('\n', StringSplitOptions.RemoveEmptyEntries)));
    }

    [SkippableFact]
    public void AStudyIsThatOfOneProcess()
    {
        WriteInputs(epochs: 1);
        CommandRun alone = CommandRun.Of(Ablate("alone"));
        Assert.True(alone.Code == 0, alone.Error);
        using MpiRun run = MpiRun.Of(3, Ablate("together"));
        Assert.True(run.Process.ExitCode == 0, run.Error);
        Assert.Equal(alone.Output, run.Output);
    }

    private static void WaitFor(MpiRun run, Func<bool> moment)
    {
        var clock = Stopwatch.StartNew();
        while (!moment())
        {
            Assert.False(run.Process.HasExited, run.Process.HasExited ? run.Error : "");
            Assert.True(clock.Elapsed.TotalMinutes < 2, "it does not come so far");
            Thread.Sleep(20);
        }
    }

    private static void Signal(string signal, int process)
    {
        using Process kill = Process.Start("/bin/kill", [$"-{signal}", $"{process}"]);
        kill.WaitForExit();
    }

    private int Steps(string run)
    {
        string path = _folder[$"{run}/metrics.csv"];
        if (!File.Exists(path))
            return 0;
        using var reader = new StreamReader(new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete));
        return Math.Max(0, reader.ReadToEnd().Count(c => c == '\n') - 1);
    }

    private string Hash(string run, string file)
    {
        using Checkpoint checkpoint = Checkpoint.Open(_folder[$"{run}/{file}"]);
        return checkpoint.Hash;
    }

    private void WriteInputs(int epochs)
    {
        SyntheticDataSet.Write(_folder["set"], new SyntheticOptions(14, 5, 64, 2, SplitShares.Parse("0.5,0.25,0.25")), (_, _, _) => { });
        File.WriteAllText(_folder["tiny.json"], JsonSerializer.Serialize(TinyModel.Binary, ConfigJson.Options));
        File.WriteAllText(
            _folder["options.json"],
            JsonSerializer.Serialize(TinyModel.Options with { Epochs = epochs, ClipsPerStep = 3, DropPath = 0.2f }, ConfigJson.Options));
    }

    private string[] Train(string run) =>
    [
        "train", "--data", _folder["set"], "--out", _folder[run], "--flow", "none", "--config", _folder["tiny.json"], "--options", _folder["options.json"],
    ];

    private string[] Ablate(string run) =>
    [
        "ablate", "--study", "lambda", "--seeds", "1", "--data", _folder["set"], "--flow", "none", "--config", _folder["tiny.json"],
        "--options", _folder["options.json"], "--out", _folder[run],
    ];
}
