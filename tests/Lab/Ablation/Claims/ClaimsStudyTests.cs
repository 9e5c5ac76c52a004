using System.Text.Json;
using SspNative.Cli.Terminal;
using SspNative.Model.Config;
using SspNative.Model.Training;
using SspNative.Tests.Support;
using Xunit;

namespace SspNative.Tests.Lab.Ablation.Claims;

/// <summary><c>ssp ablate --study claims</c> at its smallest size.</summary>
[LeakCheck]
public sealed class ClaimsStudyTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public ClaimsStudyTests()
    {
        File.WriteAllText(_folder["tiny.json"], JsonSerializer.Serialize(TinyModel.Binary, ConfigJson.Options));
        File.WriteAllText(_folder["options.json"], JsonSerializer.Serialize(
            TinyModel.Options with { Trainable = TrainableSet.Heads }, ConfigJson.Options));
    }

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void AStudyTellsItsCostGoesOnAndIsJudgedAgainFromItsTable()
    {
        (int code, _, string log) = CommandRun.Of([.. Command("whole"), "--cost"]);
        Assert.Equal(ExitCodes.Success, code);
        Assert.Contains("4 rows, 2 seeds, 1 × 4 training clips, 3 test clips: 8 trainings to do, about 0:", log);
        Assert.False(Directory.Exists(_folder["whole/runs"]));

        (_, string table, log) = CommandRun.Of(Command("whole"));
        Assert.Contains("training 8 of 8", log);
        Assert.Contains("undecided", table);
        foreach (string file in (string[])["claims.md", "claims.png", "C1.png"])
            Assert.True(File.Exists(_folder[$"whole/{file}"]), file);
        string[] lines = File.ReadAllLines(_folder["whole/raw.csv"]);
        Assert.Equal(1 + 4 * 2 * 3, lines.Length);
        Assert.Contains("2 of at least 3 seeds", File.ReadAllText(_folder["whole/claims.md"]));

        Assert.False(File.Exists(_folder["whole/post-mask.png"]));
        string before = File.ReadAllText(_folder["whole/raw.csv"]);
        Directory.Delete(Directory.GetDirectories(_folder["whole/runs"])[3], recursive: true);
        (_, _, log) = CommandRun.Of(Command("whole"));
        Assert.Contains("training 1 of 1", log);
        Assert.Equal(before, File.ReadAllText(_folder["whole/raw.csv"]));

        (_, string judged, _) = CommandRun.Of("ablate", "--study", "claims", "--verdicts", _folder["whole/raw.csv"], "--json");
        Assert.Equal(Findings(File.ReadAllText(_folder["whole/claims.json"])), Findings(judged));
        foreach (string option in (string[])["--claims C1", "--size full", "--out other", "--cache other", "--weights initial"])
            Assert.Contains(
                "judges all that its table has",
                CommandRun.Refused(["ablate", "--study", "claims", "--verdicts", _folder["whole/raw.csv"], .. option.Split(' ')]));
    }

    [Fact]
    public void ClaimsOfSeveralCommandsAreReportedTogether()
    {
        CommandRun.Succeed(Command("whole"));
        string first = File.ReadAllText(_folder["whole/raw.csv"]);
        CommandRun.Succeed([.. Command("whole"), "--claims", "C2"]);
        string both = File.ReadAllText(_folder["whole/raw.csv"]);
        Assert.StartsWith(first, both);
        Assert.Contains("C2,", both);
        Assert.True(File.Exists(_folder["whole/post-mask.png"]));
    }

    [Fact]
    public void TheSemanticStageIsStudiedOnMasksOfABinaryOne()
    {
        File.WriteAllText(
            _folder["semantic.json"], JsonSerializer.Serialize(TinyModel.Binary with { Task = SegmentationTask.Avss, NumLabels = 71 }, ConfigJson.Options));
        string[] command = [.. Command("semantic").Select(a => a == _folder["tiny.json"] ? _folder["semantic.json"] : a)];
        Assert.Contains("--stage1", CommandRun.Refused(command));
        string binary = Path.Combine(Directory.GetDirectories(Study("binary"))[0], "last.safetensors");
        CommandRun.Succeed([.. command, "--stage1", binary]);
        Assert.Equal(1 + 4 * 2 * 3, File.ReadAllLines(_folder["semantic/raw.csv"]).Length);
        Assert.Contains("--stage1 has no effect", CommandRun.Refused([.. Command("other"), "--stage1", binary]));

        string Study(string folder)
        {
            CommandRun.Succeed(Command(folder));
            return _folder[$"{folder}/runs"];
        }
    }

    /// <summary>Prompts of level a have 52 useless words before what they say.</summary>
    [Fact]
    public void PromptsThatTheEncoderCannotReadWholeAreNotCompared()
    {
        string refused = CommandRun.Refused([.. Command("long").Select(a => a == "C1" ? "C5" : a)]);
        Assert.Matches("C5: prompts of level a have up to [0-9]+ tokens, and the text encoder reads 64", refused);
        Assert.False(Directory.Exists(_folder["long/runs"]));
    }

    [Fact]
    public void WhatCannotBeRunIsRefused()
    {
        Refused("goes with no other study", "--study", "table2");
        Refused("there is no claim C7; there are C1", "--claims", "C7");
        Refused("--seeds has no effect here", "--seeds", "2");
        Assert.False(Directory.Exists(_folder["bad"]));
        (int code, _, string error) = CommandRun.Of("ablate", "--size", "smoke", "--data", _folder["set"], "--out", _folder["bad"]);
        Assert.Equal(ExitCodes.BadInput, code);
        Assert.Contains("--size has no effect here: it is of --study claims", error);
        (code, _, error) = CommandRun.Of("ablate", "--out", _folder["bad"]);
        Assert.Equal(ExitCodes.BadInput, code);
        Assert.Contains("--data", error);

        void Refused(string problem, params string[] more)
        {
            (int exit, _, string said) = CommandRun.Of([.. Command("bad"), .. more]);
            Assert.Equal(ExitCodes.BadInput, exit);
            Assert.Contains(problem, said);
        }
    }

    private static string Findings(string report) => JsonDocument.Parse(report).RootElement.GetProperty("findings").GetRawText();

    private string[] Command(string folder) =>
    [
        "ablate", "--study", "claims", "--size", "smoke", "--claims", "C1", "--out", _folder[folder], "--config", _folder["tiny.json"], "--options",
        _folder["options.json"],
    ];
}
