using System.Diagnostics;
using System.Text;
using SspNative.Tests.Support;
using Xunit;

namespace SspNative.Tests.CommandLine.Installation;

/// <summary><c>ssp completion</c>: real shells on a terminal complete what is typed, by what the program suggests.</summary>
[Collection(nameof(ProcessTests))]
public sealed class CompletionTests : IDisposable
{
    private const string Typed = "typed.txt", Ready = "READY>";

    // Typed in a folder with clip.mp4, "my clip.mp4" and videos/, then completed.
    private static readonly (string Typed, string Completed)[] _lines =
    [
        ("ssp seg", "ssp segment "),
        ("ssp data sy", "ssp data synth "),
        ("ssp segment clip.mp4 --com", "ssp segment clip.mp4 --compare "),
        ("ssp segment --flow py", "ssp segment --flow pyramid "),
        ("ssp segment --flow=py", "ssp segment --flow=pyramid "),
        ("ssp segment --inference-mask s", "ssp segment --inference-mask s"),
        ("ssp segment --device o", "ssp segment --device opencl "),
        ("ssp segment cli", "ssp segment clip.mp4 "),
        ("ssp segment my", "ssp segment my\\ clip.mp4 "),
        ("ssp segment --out vid", "ssp segment --out videos/"),
        ("ssp segment --out=vid", "ssp segment --out=videos/"),
        ("true && ssp seg", "true && ssp segment "),
    ];

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [SkippableFact]
    public void BashCompletes() => AssertBashCompletes($"source '{Script("bash")}'");

    // Lazily, as a file in a folder that bash-completion looks into.
    [SkippableFact]
    public void BashCompletionFindsTheScript()
    {
        const string loader = "/usr/share/bash-completion/bash_completion";
        Skip.IfNot(File.Exists(loader), "bash-completion is not installed");
        Write("share/bash-completion/completions/ssp", CommandRun.Succeed("completion", "bash"));
        AssertBashCompletes($"XDG_DATA_HOME='{_folder["share"]}'; source {loader}");
    }

    [SkippableTheory]
    [InlineData(true)]
    [InlineData(false)]
    public void ZshCompletes(bool isInPath)
    {
        Write("functions/_ssp", CommandRun.Succeed("completion", "zsh"));
        Write(".zshrc", $$"""
            {{(isInPath ? $"fpath=('{_folder["functions"]}' $fpath)" : "")}}
            autoload -Uz compinit && compinit -u -D
            {{(isInPath ? "" : $"source '{_folder["functions/_ssp"]}'")}}
            setopt nobeep noautomenu
            note() { print -r -- "$BUFFER" >> '{{_folder[$"work/{Typed}"]}}'; BUFFER=; }
            zle -N note && bindkey '^Xd' note
            PS1='{{Ready}}'
            """);
        AssertCompletes("zsh", "-d -i", ("ZDOTDIR", _folder.Path));
    }

    [SkippableFact]
    public void FishCompletes()
    {
        Write("home/.config/fish/completions/ssp.fish", CommandRun.Succeed("completion", "fish"));
        string rc = Write("rc", $$"""
            function note; commandline >> '{{_folder[$"work/{Typed}"]}}'; commandline ''; end
            bind \cxd note
            function fish_prompt; echo -n '{{Ready}}'; end
            """);
        // Where there is none, fish begins to fill it from the system's manual pages, in a process that outlives it.
        Directory.CreateDirectory(_folder["home/.local/share/fish/generated_completions"]);
        AssertCompletes("fish", $"--private -C \"source '{rc}'\"", ("HOME", _folder["home"]), ("XDG_CONFIG_HOME", _folder["home/.config"]),
            ("XDG_DATA_HOME", _folder["home/.local/share"]));
    }

    [Theory]
    [InlineData("ssp seg", "segment")]
    [InlineData("ssp data ", "cutouts synth")]
    [InlineData("ssp segment --inference-mask s", "soft stage1")]
    [InlineData("ssp segment --inference-mask=s", "--inference-mask=soft --inference-mask=stage1")]
    [InlineData("ssp segment --task=", "--task=avs --task=avss")]
    [InlineData("/usr/local/bin/ssp segment größe.mp4 --com", "--compare")]
    [InlineData("ssp completion ", "bash fish zsh")]
    [InlineData("ssp segment ", "")]
    [InlineData("ssp segment clip.mp4 --video ", "")]
    [InlineData("ssp segment \"my cl", "")]
    [InlineData("ssp frobnicate --flow=", "")]
    [InlineData("ssp --=", "")]
    public void WhatFitsIsSuggested(string line, string suggestions)
    {
        string[] expected = suggestions.Split(' ', StringSplitOptions.RemoveEmptyEntries);
        Assert.Equal(expected, CommandRun.Succeed("[suggest]", line).Split(Environment.NewLine, StringSplitOptions.RemoveEmptyEntries).Order());
        Assert.Equal(
            expected,
            CommandRun.Succeed($"[suggest:{line.Length}]", line + " and what is behind the cursor")
                .Split(Environment.NewLine, StringSplitOptions.RemoveEmptyEntries).Order());
    }

    [Fact]
    public void OfTwoPlacesTheLastCounts() => Assert.Equal("segment", CommandRun.Succeed("[suggest:1]", "[suggest:7]", "ssp segm").Trim());

    [Theory]
    [InlineData("abc")]
    [InlineData("-5")]
    public void APlaceThatIsNoneIsRefused(string position) => CommandRun.AssertRefused($"[suggest:{position}]", $"[suggest:{position}]", "ssp seg");

    [Fact]
    public void OtherShellsAreRefused() => Assert.Contains("tcsh", CommandRun.Refused("completion", "tcsh"));

    private void AssertBashCompletes(string setUp)
    {
        string rc = Write("rc", $$"""
            {{setUp}}
            bind 'set bell-style none'
            note() { printf '%s\n' "$READLINE_LINE" >> {{Typed}}; READLINE_LINE=; }
            bind -x '"\C-xd": note'
            PS1='{{Ready}}'
            """);
        AssertCompletes("bash", $"--noprofile --rcfile '{rc}' -i");
    }

    private string Script(string shell) => Write($"completion.{shell}", CommandRun.Succeed("completion", shell));

    private string Write(string name, string text)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(_folder[name])!);
        File.WriteAllText(_folder[name], text.ReplaceLineEndings("\n") + "\n");
        return _folder[name];
    }

    // Types each line, presses Tab, and then a key that writes the line that now stands there to a file and clears it.
    private void AssertCompletes(string shell, string options, params (string Name, string Value)[] environment)
    {
        Skip.IfNot(OperatingSystem.IsLinux() && File.Exists("/usr/bin/script"), "the command 'script' makes the terminal");
        Skip.If(Programs.Find(shell) is null, $"{shell} is not installed");
        string program = Write("bin/ssp", $"#!/bin/sh\nexec dotnet '{Path.Combine(AppContext.BaseDirectory, "ssp.dll")}' \"$@\"");
        if (!OperatingSystem.IsWindows())
            File.SetUnixFileMode(program, UnixFileMode.UserRead | UnixFileMode.UserExecute);
        string work = Directory.CreateDirectory(_folder["work"]).FullName;
        foreach (string file in (string[])["clip.mp4", "my clip.mp4", "videos/a.mp4"])
            Write($"work/{file}", "");
        var start = new ProcessStartInfo("/usr/bin/script", ["-qefc", $"{shell} {options}", "/dev/null"])
        {
            WorkingDirectory = work,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
        };
        start.Environment["PATH"] = $"{_folder["bin"]}:{Environment.GetEnvironmentVariable("PATH")}";
        start.Environment["TERM"] = "xterm";
        foreach ((string name, string value) in environment)
            start.Environment[name] = value;
        using Process process = Process.Start(start)!;
        var shown = new StringBuilder();
        try
        {
            var reading = Task.Run(() =>
            {
                for (int c = process.StandardOutput.Read(); c >= 0; c = process.StandardOutput.Read())
                    lock (shown)
                        shown.Append((char)c);
            });
            WaitFor(() => Shown(shown).Contains(Ready, StringComparison.Ordinal), () => Shown(shown));
            foreach ((string typed, _) in _lines)
            {
                process.StandardInput.Write($"{typed}\t\u0018d");
                process.StandardInput.Flush();
            }
            string written = Path.Combine(work, Typed);
            WaitFor(() => File.Exists(written) && File.ReadAllLines(written).Length >= _lines.Length, () => Shown(shown));
            Assert.Equal(_lines.Select(l => l.Completed), File.ReadAllLines(written));
            process.StandardInput.Write("exit\r");
            process.StandardInput.Close();
            Assert.True(process.WaitForExit(30_000), "the shell did not end");
            reading.Wait();
        }
        finally
        {
            if (!process.HasExited)
                process.Kill(entireProcessTree: true);
        }
    }

    private static string Shown(StringBuilder shown)
    {
        lock (shown)
            return shown.ToString();
    }

    private static void WaitFor(Func<bool> moment, Func<string> shown)
    {
        for (var clock = Stopwatch.StartNew(); !moment(); Thread.Sleep(50))
            Assert.True(clock.Elapsed < TimeSpan.FromSeconds(60), $"waited for nothing: {shown()}");
    }
}
