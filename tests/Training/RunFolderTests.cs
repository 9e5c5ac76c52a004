using System.Text.Json;
using SspNative.Cli.Terminal;
using SspNative.Cli.Training;
using SspNative.Engine.Nn;
using SspNative.Kernels;
using SspNative.Kernels.Cpu;
using SspNative.Model.Config;
using SspNative.Model.Training;
using SspNative.Tests.Support;
using Xunit;

namespace SspNative.Tests.Training;

/// <summary><c>ssp train</c> and the folder it trains in: what it takes, what it refuses, and what it leaves when it cannot begin.</summary>
[LeakCheck]
public sealed class RunFolderTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public RunFolderTests()
    {
        CommandRun.Of("data", "synth", "--out", _folder["set"], "--seed", "1", "--clips", "2", "--size", "32", "--frames", "2", "--split", "0.5,0.5,0");
        File.WriteAllText(_folder["tiny.json"], JsonSerializer.Serialize(TinyModel.Binary, ConfigJson.Options));
        File.WriteAllText(_folder["options.json"], JsonSerializer.Serialize(
            TinyModel.Options with { Epochs = 2, Trainable = TrainableSet.Heads }, ConfigJson.Options));
    }

    [Fact]
    public void ACommandThatCannotBeginLeavesNothingAndTheCorrectedOneWorks()
    {
        CommandRun.AssertRefused("nodata", [.. Train("run"), "--data", _folder["nodata"]]);
        CommandRun.AssertRefused("config", [.. Train("run", "nosuch.json"), "--data", _folder["set"]]);
        Assert.False(Directory.Exists(_folder["run"]));
        Assert.Equal(ExitCodes.Success, CommandRun.Of([.. Train("run"), "--data", _folder["set"]]).Code);
    }

    [Fact]
    public void WeightsThatLackWhatIsNotTrainedBeginNoRun()
    {
        SspNative.Engine.Serialization.SafetensorsWriter.Write(_folder["empty.safetensors"], new Dictionary<string, SspNative.Engine.Tensor>());
        CommandRun.AssertRefused("model.", [.. Train("run"), "--data", _folder["set"], "--weights", _folder["empty.safetensors"]]);
        Assert.False(Directory.Exists(_folder["run"]));
    }

    [Fact]
    public void ResumingNothingMakesNothing()
    {
        CommandRun.AssertRefused("no run was begun there", "train", "--data", _folder["set"], "--out", _folder["run"], "--resume");
        Assert.False(Directory.Exists(_folder["run"]));
    }

    // What a run has learnt so far holds all of them.
    [Fact]
    public void ARunGoesOnWithoutItsFirstWeights()
    {
        CommandRun.Of([.. Train("first"), "--data", _folder["set"]]);
        string weights = _folder["first.safetensors"];
        File.Copy(_folder["first/last.safetensors"], weights);
        CommandRun.Succeed([.. Train("run"), "--data", _folder["set"], "--weights", Path.GetRelativePath(Environment.CurrentDirectory, weights)]);
        Assert.Contains($"\"{weights}\"", File.ReadAllText(_folder["run/run.json"]));
        File.Delete(weights);
        CommandRun.Succeed("train", "--data", _folder["set"], "--out", _folder["run"], "--resume");
        File.Delete(_folder["run/last.safetensors"]);
        File.Delete(_folder["run/previous.safetensors"]);
        File.Delete(_folder["run/best.safetensors"]);
        CommandRun.AssertRefused("there is no such weight file", "train", "--data", _folder["set"], "--out", _folder["run"], "--resume");
    }

    [Fact]
    public void ARunDoesNotGoOnWithOtherClipsOfTheSameNames()
    {
        CommandRun.Succeed([.. Train("run"), "--data", _folder["set"]]);
        string[] resume = ["train", "--out", _folder["run"], "--resume", "--data"];
        CommandRun.Succeed(
            "data", "synth", "--out", _folder["noisy"], "--seed", "1", "--clips", "2", "--size", "32", "--frames", "2", "--split", "0.5,0.5,0", "--noise", "9");
        CommandRun.AssertRefused("other clips than", [.. resume, _folder["noisy"]]);
        Directory.Move(_folder["set"], _folder["moved"]);
        CommandRun.Succeed([.. resume, _folder["moved"]]);
    }

    [Theory]
    [InlineData("metrics.csv")]
    [InlineData("last.safetensors")]
    [InlineData("thesis.tex")]
    public void AFolderWithSomebodysFilesIsNotTrainedIn(string own)
    {
        Directory.CreateDirectory(_folder["run"]);
        File.WriteAllText(Path.Combine(_folder["run"], own), "mine");
        CommandRun.AssertRefused(own, [.. Train("run"), "--data", _folder["set"]]);
        Assert.Equal([Path.Combine(_folder["run"], own)], Directory.GetFileSystemEntries(_folder["run"]));
        Assert.Equal("mine", File.ReadAllText(Path.Combine(_folder["run"], own)));
    }

    [Fact]
    public void ARunThatWasKilledAsItBeganBeginsAnew()
    {
        Directory.CreateDirectory(_folder["run"]);
        File.WriteAllText(_folder["run/run.json.0123abcd.part"], "{");
        File.WriteAllText(_folder["run/.lock"], "process 1 on elsewhere");
        Assert.Equal(ExitCodes.Success, CommandRun.Of([.. Train("run"), "--data", _folder["set"]]).Code);
        Assert.False(File.Exists(_folder["run/run.json.0123abcd.part"]));
    }

    [Fact]
    public void TwoTrainingsDoNotShareAFolder()
    {
        using (RunFolder.Take(_folder["run"]))
            CommandRun.AssertRefused($"process {Environment.ProcessId}", [.. Train("run"), "--data", _folder["set"]]);
        Assert.Equal([".lock"], Directory.GetFileSystemEntries(_folder["run"]).Select(Path.GetFileName));
        Assert.Equal(ExitCodes.Success, CommandRun.Of([.. Train("run"), "--data", _folder["set"]]).Code);
        string before = File.ReadAllText(_folder["run/metrics.csv"]);
        using (RunFolder.Take(_folder["run"]))
            CommandRun.AssertRefused($"process {Environment.ProcessId}", "train", "--data", _folder["set"], "--out", _folder["run"], "--resume");
        Assert.Equal(before, File.ReadAllText(_folder["run/metrics.csv"]));
    }

    [Fact]
    public void ARunThatLostItsLastCheckpointDoesNotBeginAgainSilently()
    {
        CommandRun.Of([.. Train("run"), "--data", _folder["set"]]);
        using (Checkpoint last = Checkpoint.Open(_folder["run/last.safetensors"]))
            Assert.Equal(2, last.State.Epoch);
        File.Move(_folder["run/last.safetensors"], _folder["run/best.safetensors"], overwrite: true);
        File.Delete(_folder["run/previous.safetensors"]);
        string metrics = File.ReadAllText(_folder["run/metrics.csv"]);
        CommandRun.AssertRefused("last.safetensors is missing", "train", "--data", _folder["set"], "--out", _folder["run"], "--resume");
        Assert.Equal(metrics, File.ReadAllText(_folder["run/metrics.csv"]));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void ARunGoesOnFromTheEarlierCheckpointWhereTheLastCannotBeRead(bool isMissing)
    {
        CommandRun.Of([.. Train("run"), "--data", _folder["set"]]);
        string last = _folder["run/last.safetensors"], previous = _folder["run/previous.safetensors"];
        byte[] whole = File.ReadAllBytes(last), former = File.ReadAllBytes(previous);
        string metrics = File.ReadAllText(_folder["run/metrics.csv"]);
        byte[] damaged = [.. whole];
        damaged[^100] ^= 1;
        File.WriteAllBytes(last, damaged);
        if (isMissing)
            File.Delete(last);
        (int exitCode, string output, _) = CommandRun.Of("train", "--data", _folder["set"], "--out", _folder["run"], "--resume");
        Assert.Equal(ExitCodes.Success, exitCode);
        string line = output.Split('\n').First(l => l.Contains("previous.safetensors", StringComparison.Ordinal));
        Assert.Contains(isMissing ? "last.safetensors: the file is missing" : "last.safetensors: the file is damaged", line);
        Assert.Contains("after step 1", line);
        Assert.Equal(whole, File.ReadAllBytes(last));
        Assert.Equal(metrics, File.ReadAllText(_folder["run/metrics.csv"]));
        // The damaged one did not take the place of the one before it.
        Assert.Equal(former, File.ReadAllBytes(previous));
    }

    [Fact]
    public void AResumedRunSaysThatAnotherProcessorsBitsMayDiffer()
    {
        CommandRun.Of([.. Train("run"), "--data", _folder["set"]]);
        File.Move(_folder["run/previous.safetensors"], _folder["run/last.safetensors"], overwrite: true);
        File.Delete(_folder["run/previous.safetensors"]);
        string here = CpuDevice.Default.Identity;
        using (Checkpoint last = Checkpoint.Open(_folder["run/last.safetensors"]))
            Assert.Equal(here, last.Device);
        byte[] bytes = File.ReadAllBytes(_folder["run/last.safetensors"]);
        int at = bytes.AsSpan().IndexOf(System.Text.Encoding.UTF8.GetBytes(here));
        "gpu"u8.CopyTo(bytes.AsSpan(at));
        File.WriteAllBytes(_folder["run/last.safetensors"], bytes);
        (int exitCode, string output, _) = CommandRun.Of("train", "--data", _folder["set"], "--out", _folder["run"], "--resume");
        Assert.Equal(ExitCodes.Success, exitCode);
        Assert.Contains($"was made by gpu{here[3..]} and goes on with {here}", output.ReplaceLineEndings(" "));
        Assert.DoesNotContain("was made by", CommandRun.Of("train", "--data", _folder["set"], "--out", _folder["run"], "--resume").Output);
    }

    [Fact]
    public void APlotThatCannotBeDrawnCostsNoTraining()
    {
        using var progress = new TrainingProgress(TextWriter.Null);
        using IDevice device = TinyModel.Device();
        var recipe = new TrainingRecipe([new TrainingPhase("task", TinyModel.Options with { Epochs = 2 })]);
        var training = new RecipeRun(_folder["run"], recipe, TinyModel.Binary, (_, _) => new MadeClips(2), TinyModel.Tokenizer, device);
        training.Run(new InitialWeights(1), new InTheWay(progress, _folder["run/losses.png"]), CancellationToken.None);
        using Checkpoint last = Checkpoint.Open(_folder["run/last.safetensors"]);
        Assert.Equal(2, last.State.Epoch);
    }

    // A folder that has a picture's name stands for a disk that does not take the picture.
    private sealed class InTheWay(ITrainingObserver observer, string picture) : ITrainingObserver
    {
        public void Begin(TrainingPhase phase, string folder, Trainer trainer, IReadOnlyList<string> initialised)
        {
            observer.Begin(phase, folder, trainer, initialised);
            Directory.CreateDirectory(picture);
        }

        public void Step(StepRecord step) => observer.Step(step);

        public void Epoch(EpochRecord epoch) => observer.Epoch(epoch);
    }

    [Fact]
    public void ACacheThatCannotBeWrittenCostsTimeAlone()
    {
        File.WriteAllText(_folder["file"], "");
        (int exitCode, _, string error) = CommandRun.Of([.. Train("run", flow: "pyramid"), "--data", _folder["set"], "--cache", _folder["file/cache"]]);
        Assert.Equal(ExitCodes.Success, exitCode);
        Assert.Contains("no longer kept", error);
    }

    public void Dispose() => _folder.Dispose();

    private string[] Train(string run, string config = "tiny.json", string flow = "none") =>
        ["train", "--out", _folder[run], "--config", _folder[config], "--options", _folder["options.json"], "--flow", flow];
}
