using System.Text.Json;
using SspNative.Cli.Segmenting;
using SspNative.Cli.Terminal;
using SspNative.Engine;
using SspNative.Tests.Architecture;
using SspNative.Tests.Support;
using Xunit;

namespace SspNative.Tests.CommandLine.Segmenting;

/// <summary><c>ssp segment</c> with many clips: each has its result, bad ones stop nobody, and a run that was ended goes on.</summary>
[LeakCheck]
public sealed class ClipBatchTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly string _clips;

    public ClipBatchTests()
    {
        _clips = _folder["clips"];
        foreach (string name in (string[])["clip10", "clip2"])
            CopyClip(name, frames: name == "clip2" ? 2 : 1);
    }

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void EachClipOfAFolderHasAResultAndBadOnesStopNobody()
    {
        File.WriteAllText(Path.Combine(_clips, "broken.mp4"), "no video");
        CommandRun run = Segment(_clips);
        Assert.Equal(ExitCodes.BadInput, run.Code);
        Assert.Contains($"[1/3] {Path.Combine(_clips, "broken.mp4")}: ", run.Error);
        Assert.Equal(2, run.Error.Split("broken.mp4").Length);
        string[] lines = run.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.StartsWith($"[2/3] {Path.Combine(_clips, "clip2")}: 2 frames, sounding object 2 s; took", lines[0]);
        Assert.Contains("2 clips segmented, 0 kept, 1 failed", lines[^1]);
        Assert.Equal(2, Directory.GetFiles(Path.Combine(_folder["out"], "clip2", "masks")).Length);
        Assert.False(Directory.Exists(Path.Combine(_folder["out"], "broken")));
        using JsonDocument summary = JsonDocument.Parse(File.ReadAllText(Path.Combine(_folder["out"], "summary.json")));
        Assert.Equal(
            ["failed", "segmented", "segmented"], summary.RootElement.GetProperty("clips").EnumerateArray().Select(c => c.GetProperty("state").GetString()));
    }

    [Fact]
    public void AnEndedRunGoesOnAndEndsWithTheSameBytes()
    {
        Assert.Equal(0, Segment(_clips).Code);
        Dictionary<string, byte[]> whole = Masks();
        Directory.Delete(Path.Combine(_folder["out"], "clip10"), recursive: true);
        string leftover = Path.Combine(_folder["out"], "summary.json.0123abcd.part");
        File.WriteAllText(leftover, "{");
        DateTime kept = File.GetLastWriteTimeUtc(Path.Combine(_folder["out"], "clip2", "result.json"));
        CommandRun run = Segment(_clips, "--resume");
        Assert.Contains("1 clip segmented, 1 kept, 0 failed", run.Output);
        Assert.Equal(kept, File.GetLastWriteTimeUtc(Path.Combine(_folder["out"], "clip2", "result.json")));
        Assert.Equal(whole, Masks());
        Assert.False(File.Exists(leftover));

        // Other options, other results; and what was asked for beyond them is made.
        Assert.Contains("2 clips segmented, 0 kept", Segment(_clips, "--resume", "--tau", "0.3").Output);
        Directory.SetLastWriteTimeUtc(Path.Combine(_clips, "clip2"), DateTime.UtcNow.AddMinutes(1));
        Assert.Contains("1 clip segmented, 1 kept", Segment(_clips, "--resume", "--tau", "0.3").Output);
        // A file that is written over leaves its folder's time as it was.
        Directory.SetLastWriteTimeUtc(Path.Combine(_clips, "clip2"), DateTime.UtcNow.AddHours(-1));
        Assert.Contains("0 clips segmented, 2 kept", Segment(_clips, "--resume", "--tau", "0.3").Output);
        File.SetLastWriteTimeUtc(Path.Combine(_clips, "clip10", "audio.wav"), DateTime.UtcNow.AddMinutes(1));
        Assert.Contains("1 clip segmented, 1 kept", Segment(_clips, "--resume", "--tau", "0.3").Output);
    }

    [Fact]
    public void WhereNoClipCanBeReadTheSummarySaysSo()
    {
        foreach (string name in (string[])["a.mp4", "b.mp4"])
            File.WriteAllText(_folder[name], "no video");
        CommandRun run = CommandRun.Of("segment", _folder["a.mp4"], _folder["b.mp4"], "--out", _folder["out"]);
        Assert.Equal(ExitCodes.BadInput, run.Code);
        Assert.Equal(2, run.Error.Split('\n').Count(line => line.StartsWith('[')));
        Assert.Contains("0 clips segmented, 0 kept, 2 failed", run.Output);
        Assert.Equal(2, File.ReadAllText(Path.Combine(_folder["out"], "summary.json")).Split("\"failed\"").Length - 1);
    }

    // A name alone does not tell weights apart.
    [Fact]
    public void OtherWeightsOfTheSameNameGiveOtherResults()
    {
        foreach (string folder in (string[])["one", "two"])
        {
            Directory.CreateDirectory(_folder[folder]);
            File.Copy(Repository.Path("models/synth-avs.safetensors"), _folder[$"{folder}/best.safetensors"]);
        }
        Assert.Contains("2 clips segmented, 0 kept", Segment(_clips, "--resume", "--weights", _folder["one/best.safetensors"]).Output);
        Assert.Contains("0 clips segmented, 2 kept", Segment(_clips, "--resume", "--weights", _folder["one/best.safetensors"]).Output);
        Assert.Contains("2 clips segmented, 0 kept", Segment(_clips, "--resume", "--weights", _folder["two/best.safetensors"]).Output);
        File.SetLastWriteTimeUtc(_folder["two/best.safetensors"], DateTime.UtcNow.AddHours(-1));
        Assert.Contains("2 clips segmented, 0 kept", Segment(_clips, "--resume", "--weights", _folder["two/best.safetensors"]).Output);
    }

    // It is read once, before the first clip.
    [Fact]
    public void AFileOfPromptsThatCannotBeReadIsToldOnce()
    {
        File.WriteAllText(_folder["prompts.json"], "{");
        string line = CommandRun.Refused("segment", _clips, "--out", _folder["out"], "--prompts", _folder["prompts.json"]);
        Assert.Contains("prompts.json", line);
        Assert.False(File.Exists(Path.Combine(_folder["out"], "summary.json")));
        File.WriteAllText(_folder["prompts.json"], """{"clips": {"clip2": {"A1": "a clock ticks", "A2": "clock"}}}""");
        CommandRun run = Segment(_clips, "--prompts", _folder["prompts.json"]);
        Assert.Contains("there are no prompts of \"clip10\"", run.Error);
        Assert.Contains("1 clip segmented, 0 kept, 1 failed", run.Output);
    }

    [Fact]
    public void SomebodysFilesStay()
    {
        Directory.CreateDirectory(Path.Combine(_folder["out"], "clip2"));
        File.WriteAllText(Path.Combine(_folder["out"], "clip2", "thesis.txt"), "mine");
        CommandRun run = Segment(_clips);
        Assert.Equal(ExitCodes.BadInput, run.Code);
        Assert.Contains("thesis.txt", run.Error);
        Assert.Equal("mine", File.ReadAllText(Path.Combine(_folder["out"], "clip2", "thesis.txt")));
        Assert.True(Directory.Exists(Path.Combine(_folder["out"], "clip10", "masks")));

        foreach (string theirs in (string[])["{\"mine\": 1}", "{\"kind\": 1}", "{\"\\ud800aaaaaaaaaaaaaaaaaaaa\": 1}", "no JSON"])
        {
            File.WriteAllText(Path.Combine(_folder["out"], "summary.json"), theirs);
            Assert.Contains("not a summary", CommandRun.Refused("segment", _clips, "--out", _folder["out"], "--flow", "none"));
            Assert.Equal(theirs, File.ReadAllText(Path.Combine(_folder["out"], "summary.json")));
        }
    }

    [Fact]
    public void PatternsAndFoldersGiveTheirClipsInNaturalOrder()
    {
        Assert.Equal(["clip2", "clip10"], ClipInputs.Expand([_clips]).Select(i => i.Name));
        Assert.Equal(["clip2", "clip10", "clip2-2"], ClipInputs.Expand([Path.Combine(_clips, "clip*"), Path.Combine(_clips, "clip2")]).Select(i => i.Name));
        Assert.Equal(["clip2"], ClipInputs.Expand([Path.Combine(_folder.Path, "cl?ps", "*2")]).Select(i => i.Name));
        Assert.True(ClipInputs.IsOne([Path.Combine(_clips, "clip2")]));
        Assert.False(ClipInputs.IsOne([_clips]));
        Assert.Contains("no file has such a name", Assert.Throws<InputException>(() => ClipInputs.Expand([Path.Combine(_clips, "*.mkv")])).Message);
        Assert.Contains("--resume has no effect", CommandRun.Refused("segment", Path.Combine(_clips, "clip2"), "--out", _folder["out"], "--resume"));
    }

    private CommandRun Segment(string input, params string[] options) => CommandRun.Of(["segment", input, "--out", _folder["out"], .. options]);

    private Dictionary<string, byte[]> Masks() =>
        Directory.GetFiles(_folder["out"], "*.png", SearchOption.AllDirectories).ToDictionary(f => f, File.ReadAllBytes);

    private void CopyClip(string name, int frames)
    {
        string source = Repository.Path("examples/clock-and-guitar"), target = Path.Combine(_clips, name);
        Directory.CreateDirectory(Path.Combine(target, "frames"));
        File.Copy(Path.Combine(source, "audio.wav"), Path.Combine(target, "audio.wav"));
        for (int t = 0; t < frames; t++)
            File.Copy(Path.Combine(source, "frames", $"{t}.png"), Path.Combine(target, "frames", $"{t}.png"));
    }
}
