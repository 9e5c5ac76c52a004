using System.Diagnostics;
using System.Text.Json;
using System.Text.RegularExpressions;
using SspNative.Cli.Terminal;
using SspNative.Model.Config;
using SspNative.Tests.Architecture;
using SspNative.Tests.Support;
using Xunit;

namespace SspNative.Tests.Storage;

/// <summary>What the program asks of the system when it writes, and what it makes of the answers, as <c>strace</c> shows and gives them.</summary>
[Collection(nameof(ProcessTests))]
public sealed class SystemCallTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [SkippableFact]
    public void AFileIsOnTheDiskBeforeItHasItsNameAndItsFolderAfterwards()
    {
        (int code, string error, string[] calls) = Convert("-e", "trace=fsync,rename");
        Assert.True(code == ExitCodes.Success, error);
        string file = Regex.Escape(_folder["new.safetensors"]), temporary = $@"{file}\.[0-9a-f]{{8}}\.part";
        Assert.Collection(
            calls,
            c => Assert.Matches($@"fsync\(\d+<{temporary}>\) += 0$", c),
            c => Assert.Matches($@"rename\(""{temporary}"", ""{file}""\) += 0$", c),
            c => Assert.Matches($@"fsync\(\d+<{Regex.Escape(_folder.Path)}>\) += 0$", c));
    }

    // A signal interrupts a flush; some file systems have none of a folder.
    [SkippableTheory]
    [InlineData("EINTR", 1, "")]
    [InlineData("EIO", 1, "new.safetensors: could not be forced to the disk")]
    [InlineData("EINTR", 2, "")]
    [InlineData("EINVAL", 2, "")]
    [InlineData("EIO", 2, ": the folder could not be forced to the disk: Input/output error")]
    public void WhatADiskDoesNotTakeIsAnError(string answer, int call, string told)
    {
        (int code, string error, _) = Convert("-e", $"inject=fsync:error={answer}:when={call}");
        Assert.Equal(told.Length > 0 ? ExitCodes.BadInput : ExitCodes.Success, code);
        Assert.Contains(told, error);
        Assert.Equal(told.Length > 0, error.Length > 0);
    }

    [SkippableFact]
    public void WhereNamesCannotBeExchangedTheFormerOneGoesFirst()
    {
        CommandRun.Succeed("data", "synth", "--out", _folder["set"], "--clips", "3", "--size", "64", "--frames", "1", "--split", "0.67,0.33,0", "--seed", "1");
        File.WriteAllText(_folder["tiny.json"], JsonSerializer.Serialize(TinyModel.Binary, ConfigJson.Options));
        File.WriteAllText(_folder["options.json"], JsonSerializer.Serialize(TinyModel.Options with { Epochs = 2, ClipsPerStep = 2 }, ConfigJson.Options));
        string last = _folder["run/last.safetensors"], best = _folder["run/best.safetensors"];
        string[] names = RenamedWithoutExchange(
            "train", "--data", _folder["set"], "--out", _folder["run"], "--flow", "none", "--config", _folder["tiny.json"],
            "--options", _folder["options.json"]);
        int goes = Array.IndexOf(names, $"{last} → {_folder["run/previous.safetensors"]}");
        Assert.True(goes >= 0, string.Join('\n', names));
        Assert.EndsWith($".part → {last}", names[goes + 1]);

        string result = _folder["result"];
        string[] segment = ["segment", Directory.GetDirectories(_folder["set"], "synth-*", SearchOption.AllDirectories)[0], "--weights", best, "--out", result];
        CommandRun.Succeed([.. segment, "--tau", "0.7"]);
        names = [.. RenamedWithoutExchange(segment).Where(n => n.Contains(result, StringComparison.Ordinal))];
        string temporary = $@"{Regex.Escape(_folder.Path)}/\.result\.[0-9a-f]{{32}}";
        Assert.Collection(
            names,
            n => Assert.Matches($"^{Regex.Escape(result)} → {temporary}.former$", n),
            n => Assert.Matches($"^{temporary}.partial → {Regex.Escape(result)}$", n));
        Assert.True(File.Exists(Path.Combine(result, "result.json")));
        Assert.DoesNotContain(Directory.GetFileSystemEntries(_folder.Path), e => Path.GetFileName(e).StartsWith('.'));
    }

    // What a command that succeeds renames, where the system knows no other way.
    private string[] RenamedWithoutExchange(params string[] command)
    {
        (int code, string error, string[] calls) = Traced(["-e", "trace=rename,renameat2", "-e", "inject=renameat2:error=ENOSYS"], command);
        Assert.True(code == ExitCodes.Success, error);
        IEnumerable<Match> renamed = calls.Select(c => Regex.Match(c, "rename\\(\"(.*)\", \"(.*)\"\\) += 0$")).Where(m => m.Success);
        return [.. renamed.Select(m => $"{m.Groups[1]} → {m.Groups[2]}")];
    }

    // Writes one file.
    private (int Code, string Error, string[] Calls) Convert(params string[] strace)
    {
        string weights = Repository.Path("tests/checkpoints/arrays.expected.safetensors");
        return Traced(strace, ["convert", weights, "--out", _folder["new.safetensors"]]);
    }

    // A line of the trace is a thread and a call; descriptors have the paths that they stand for.
    private (int Code, string Error, string[] Calls) Traced(string[] strace, string[] command)
    {
        Skip.If(Programs.Find("strace") is null, "strace is not on the PATH: apt-get install strace");
        string[] program = ["dotnet", Path.Combine(AppContext.BaseDirectory, "ssp.dll"), .. command];
        string[] follow = ["-f", "-qq", "-y", "-e", "signal=none", "-o", _folder["trace"]];
        using var process = Process.Start(new ProcessStartInfo("strace", [.. follow, .. strace, .. program])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        })!;
        Task<string> output = process.StandardOutput.ReadToEndAsync(), error = process.StandardError.ReadToEndAsync();
        Assert.True(process.WaitForExit(120_000), "it did not end");
        output.Wait();
        return (process.ExitCode, error.Result, [.. File.ReadLines(_folder["trace"]).Where(line => line.Contains(_folder.Path, StringComparison.Ordinal))]);
    }
}
