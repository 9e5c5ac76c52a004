using System.Diagnostics;
using SspNative.Tests.Support;
using Xunit;

namespace SspNative.Tests.Distributed;

/// <summary>The command on several ranks, as <c>mpiexec</c> starts them.</summary>
internal sealed class MpiRun : IDisposable
{
    private const int Patience = 240_000;

    private readonly Task<string> _output, _error;

    private MpiRun(IEnumerable<string> args)
    {
        Skip.If(Mpiexec is null, "mpiexec.mpich is not on the PATH: apt-get install mpich");
        Process = Process.Start(new ProcessStartInfo(Mpiexec!, args)
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            RedirectStandardInput = true,
        })!;
        _output = Process.StandardOutput.ReadToEndAsync();
        _error = Process.StandardError.ReadToEndAsync();
    }

    private static string? Mpiexec => Programs.Find("mpiexec.mpich", "mpiexec.hydra");

    public Process Process { get; }

    public string Output => _output.Result;

    public string Error => _error.Result;

    /// <summary>The program and its arguments.</summary>
    public static string[] Command(params string[] args) => ["dotnet", Path.Combine(AppContext.BaseDirectory, "ssp.dll"), .. args];

    /// <summary>The program whose ranks do one thing, and its arguments.</summary>
    public static string[] Rank(params string[] args) => ["dotnet", Path.Combine(AppContext.BaseDirectory, "ranks.dll"), .. args];

    /// <summary>Starts ranks.</summary>
    /// <param name="launcher">Arguments of the launcher alone.</param>
    public static MpiRun Start(params IEnumerable<string> launcher) => new(launcher);

    /// <summary>Runs a command line on some ranks to its end.</summary>
    public static MpiRun Of(int ranks, params string[] args)
    {
        MpiRun run = Start(["-n", $"{ranks}", .. Command(args)]);
        run.End();
        return run;
    }

    /// <summary>Runs ranks that do one thing, and returns the lines of what each saw.</summary>
    public static string[][] Seen(TemporaryFolder folder, int count, string what, int number = 0, string[]? variables = null)
    {
        using MpiRun run = Start(["-n", $"{count}", "env", .. variables ?? [], .. Rank(what, folder.Path, $"{number}")]);
        Assert.True(run.End() == 0, $"exit code {run.Process.ExitCode}: {run.Error}");
        return [.. Enumerable.Range(0, count).Select(rank => File.ReadAllLines(folder[$"{rank}.txt"]))];
    }

    /// <summary>Waits for the end and returns the exit code.</summary>
    public int End()
    {
        Assert.True(Process.WaitForExit(Patience), "it did not end");
        return Process.ExitCode;
    }

    /// <summary>The processes of ranks, the launcher's descendants that run the command, in the order of their ids.</summary>
    public IReadOnlyList<int> Ranks()
    {
        var parents = new Dictionary<int, int>();
        var isRank = new List<int>();
        foreach (string folder in Directory.GetDirectories("/proc"))
            if (int.TryParse(Path.GetFileName(folder), out int id))
                try
                {
                    string[] stat = File.ReadAllText($"{folder}/stat").Split(") ")[^1].Split(' ');
                    parents[id] = int.Parse(stat[1], System.Globalization.CultureInfo.InvariantCulture);
                    if (File.ReadAllText($"{folder}/cmdline").Contains("ssp.dll", StringComparison.Ordinal))
                        isRank.Add(id);
                }
                catch (IOException)
                {
                    // It has ended since.
                }
        return [.. isRank.Where(id => !isRank.Contains(parents[id]) && parents[id] != Process.Id && Above(id).Contains(Process.Id)).Order()];

        IEnumerable<int> Above(int id)
        {
            for (int at = id; parents.TryGetValue(at, out int parent) && parent > 1; at = parent)
                yield return parent;
        }
    }

    public void Dispose()
    {
        if (!Process.HasExited)
            Process.Kill(entireProcessTree: true);
        Process.Dispose();
    }
}
