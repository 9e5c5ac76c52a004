using System.Text.Json;
using SspNative.Cli.Terminal;
using SspNative.Tests.Lab.References;
using SspNative.Tests.Support;
using Xunit;

namespace SspNative.Tests.CommandLine.Measuring;

[LeakCheck]
public sealed class VerifyCommandTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    [Fact]
    public void FailuresAreReportedAndTheRestGoesOn()
    {
        CaseFile.Copy().Write(_folder["b.safetensors"]);
        CaseFile.Copy().Without("seed").Write(_folder["a.safetensors"]);
        File.WriteAllText(_folder["c.safetensors"], "no case");
        File.WriteAllText(_folder["d.txt"], "not looked at");
        (int exitCode, string output, string error) = CommandRun.Of("verify", _folder.Path);
        Assert.Equal(ExitCodes.Failure, exitCode);
        Assert.Empty(error);
        string[] lines = output.Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.Equal(4, lines.Length);
        Assert.StartsWith("FAIL  a ", lines[0]);
        Assert.Contains("no seed", lines[0]);
        Assert.Contains("there is no module test.copy", lines[1]);
        Assert.Contains("too few", lines[2]);
        Assert.Equal("0 passed, 3 failed", lines[3]);
    }

    [SkippableFact]
    public void EveryRealFolderIsSearchedOnce()
    {
        Skip.If(OperatingSystem.IsWindows(), "links need rights on Windows");
        string cases = Directory.CreateDirectory(_folder["cases"]).FullName, inner = Directory.CreateDirectory(_folder["cases/inner"]).FullName;
        string outside = Directory.CreateDirectory(_folder["outside"]).FullName;
        CaseFile.Copy().Write(Path.Combine(cases, "a.safetensors"));
        CaseFile.Copy().Write(Path.Combine(inner, "b.safetensors"));
        CaseFile.Copy().Write(Path.Combine(outside, "c.safetensors"));
        Directory.CreateSymbolicLink(Path.Combine(cases, "self"), ".");
        Directory.CreateSymbolicLink(Path.Combine(inner, "up"), "..");
        Directory.CreateSymbolicLink(Path.Combine(inner, "up2"), cases);
        Directory.CreateSymbolicLink(Path.Combine(cases, "linked"), outside);
        Directory.CreateSymbolicLink(Path.Combine(outside, "back"), Path.Combine(cases, "self", "inner"));
        File.CreateSymbolicLink(Path.Combine(cases, "d.safetensors"), Path.Combine(inner, "b.safetensors"));
        File.CreateSymbolicLink(Path.Combine(cases, "broken.safetensors"), _folder["none"]);
        var run = Task.Run(() => CommandRun.Of("verify", cases));
        Assert.True(run.Wait(TimeSpan.FromSeconds(10)), "the search does not end");
        string[] names =
        [
            .. run.Result.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries).SkipLast(1)
                .Select(l => l.Split(' ', StringSplitOptions.RemoveEmptyEntries)[1]),
        ];
        Assert.Equal(["a", "broken", "d", "inner/b", "linked/c"], names);
    }

    [Fact]
    public void JsonIsOneDocument()
    {
        (int exitCode, string output, string error) = CommandRun.Of("verify", CaseFile.Copy().Write(_folder["a.safetensors"]), "--json");
        Assert.Equal(ExitCodes.Failure, exitCode);
        Assert.Empty(error);
        using JsonDocument document = JsonDocument.Parse(output);
        Assert.Equal(1, document.RootElement.GetProperty("failed").GetInt32());
        JsonElement reported = Assert.Single(document.RootElement.GetProperty("cases").EnumerateArray());
        Assert.Equal("test.copy", reported.GetProperty("module").GetString());
        Assert.Contains("no module", reported.GetProperty("failure").GetString());
    }

    [Fact]
    public void TokenIdsAreComparedWithBertsOverAVocabulary()
    {
        string tokens = Path.Combine(AppContext.BaseDirectory, "reference", "tokenizer"), vocab = Path.Combine(tokens, "bert-base-uncased.vocab.txt");
        (int exitCode, string output, _) = CommandRun.Of("verify", tokens, "--vocab", vocab);
        Assert.Equal(ExitCodes.Success, exitCode);
        Assert.StartsWith("pass  bert-uncased ", output);
        Assert.EndsWith("1 passed, 0 failed\n", output);
        File.WriteAllText(_folder["a.json"], """{"module": "tokenizer.bert-uncased", "cases": [{"text": "a man", "ids": [1037, 2159]}]}""");
        (exitCode, output, _) = CommandRun.Of("verify", _folder["a.json"], "--vocab", vocab);
        Assert.Equal(ExitCodes.Failure, exitCode);
        Assert.Contains("\"a man\": 1 of 2 integers differ, the first, number 1, is 2158 instead of 2159", output);
        CommandRun.AssertRefused("--vocab vocab.txt", "verify", _folder["a.json"]);
        CommandRun.AssertRefused("its *.json files need --vocab", "verify", _folder.Path);
        CommandRun.AssertRefused("no BERT vocabulary", "verify", _folder["a.json"], "--vocab", _folder["a.json"]);
    }

    [Fact]
    public void BadInputIsOneLineOnStandardError()
    {
        CaseFile.Copy().Write(_folder["a.safetensors"]);
        string empty = Directory.CreateDirectory(_folder["empty"]).FullName;
        CommandRun.AssertRefused("PATH", "verify");
        CommandRun.AssertRefused("no such file or folder", "verify", _folder["none"]);
        CommandRun.AssertRefused("no *.safetensors file", "verify", empty);
        CommandRun.AssertRefused("no device 'warp'", "verify", _folder.Path, "--device", "warp", "--json");
        CommandRun.AssertRefused("--colour", "verify", _folder.Path, "--colour");
        CommandRun.AssertRefused("frobnicate", "frobnicate");
    }

    [Theory]
    [InlineData("--help")]
    [InlineData("verify", "--help")]
    public void HelpShowsExamples(params string[] args)
    {
        (int exitCode, string output, _) = CommandRun.Of(args);
        Assert.Equal(ExitCodes.Success, exitCode);
        Assert.Contains("Examples:", output);
        Assert.Contains("ssp verify tests/reference", output);
    }

    public void Dispose() => _folder.Dispose();
}
