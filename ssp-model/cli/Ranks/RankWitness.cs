using System.ComponentModel;
using System.Diagnostics;
using System.Globalization;
using SspNative.Cli.Terminal;
using SspNative.Engine.Distributed;

namespace SspNative.Cli.Ranks;

/// <summary>
/// A process beside the ranks of a machine that names the first of them that dies. No rank can be relied on for that: the launcher kills all as soon as one
/// is dead, and the transport below MPI ends whoever reads a dead rank's memory. A rank that ends in an orderly way dismisses the witness before.
/// </summary>
internal sealed class RankWitness
{
    /// <summary>The first argument of the process.</summary>
    public const string Verb = "--rank-witness";

    private readonly int _process;

    private RankWitness(int process) => _process = process;

    /// <summary>Starts the witness of each machine or container, from its first rank, and tells all its ranks. All ranks call it. Linux alone has it.</summary>
    public static RankWitness Start(MpiCollective ranks)
    {
        RankProcess self = ranks.Processes[ranks.Rank];
        int[] here = [.. Enumerable.Range(0, ranks.Count).Where(r => ranks.Processes[r].IsBeside(self))];
        int own = here[0] == ranks.Rank && OperatingSystem.IsLinux() ? Run(ranks, here) : 0;
        byte[][] all = ranks.AllGather(BitConverter.GetBytes(own));
        return new RankWitness(BitConverter.ToInt32(all[here[0]]));
    }

    /// <summary>What the process does: waits for the end of a rank, says which it was, and ends those that are left.</summary>
    /// <param name="args"><see cref="Verb"/>, and RANK=PROCESS for each rank.</param>
    public static int Watch(IReadOnlyList<string> args)
    {
        ProcessEnds.LeaveSession();
        // The launcher is to see that the rank is gone.
        MpiCollective.LauncherLine()?.Dispose();
        (int Rank, int Process)[] ranks = [.. args.Skip(1).Select(a => a.Split('=')).Select(p => (Number(p[0]), Number(p[1])))];
        using var ends = ProcessEnds.TryWatch([.. ranks.Select(r => r.Process)]);
        if (ends is null)
            return ExitCodes.Success;
        (int rank, int process) = ranks[ends.WaitForFirst()];
        Failures.Write(Console.Error, $"rank {rank} ({RankProcess.This() with { Id = process }}) has died. All ranks end; what was saved stands");
        ends.EndAll();
        return ExitCodes.BadInput;
    }

    /// <summary>Ends the witness, before this rank does so itself.</summary>
    public void Dismiss()
    {
        try
        {
            if (_process != 0 && File.ReadAllText($"/proc/{_process}/cmdline").Contains(Verb, StringComparison.Ordinal))
                using (var witness = Process.GetProcessById(_process))
                    witness.Kill();
        }
        catch (Exception e) when (e is IOException or ArgumentException or InvalidOperationException or Win32Exception or UnauthorizedAccessException)
        {
            // Another rank was faster.
        }
    }

    private static int Run(MpiCollective ranks, int[] here)
    {
        string program = Environment.ProcessPath!;
        try
        {
            using var witness = Process.Start(
                program,
                [
                    .. FirstArguments(program, Environment.GetCommandLineArgs()[0]),
                    .. here.Select(r => string.Create(CultureInfo.InvariantCulture, $"{r}={ranks.Processes[r].Id}")),
                ]);
            return witness.Id;
        }
        catch (Win32Exception)
        {
            // Where no more processes may be started. What dies is found a little later, by its silence.
            return 0;
        }
    }

    /// <summary>
    /// What stands before the ranks. Only <c>dotnet</c> must be told what it runs; a program's own start file says the same of itself, and knows.
    /// </summary>
    public static IReadOnlyList<string> FirstArguments(string program, string self) =>
        Path.GetFileNameWithoutExtension(program).Equals("dotnet", StringComparison.OrdinalIgnoreCase) ? [self, Verb] : [Verb];

    private static int Number(string text) => int.Parse(text, NumberStyles.None, CultureInfo.InvariantCulture);
}
