using System.Diagnostics;
using System.Runtime.InteropServices;
using SspNative.Engine.Distributed;
using SspNative.Tests.Support;
using Xunit;

namespace SspNative.Tests.Distributed;

/// <summary>What ranks of MPI give each other and tell each other, by a small program (<c>Ranks</c>) that does one thing at a time.</summary>
public sealed class MpiCollectiveTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [SkippableFact]
    public void WhatIsGivenArrives()
    {
        string[][] ranks = MpiRun.Seen(_folder, 3, "exchange");
        for (int rank = 0; rank < 3; rank++)
            Assert.Equal(
                [
                    $"rank {rank} of 3; started as {rank} of 3, here {rank}",
                    "own process: True, of all 3, beside the first: True",
                    "all: [,1,22]",
                    "nothing: [,,]",
                    $"gathered by all: {new Traffic(4, 2 * rank)}",
                    rank == 0 ? "first: [22,1,]" : "first: []",
                    $"gathered by one: {(rank == 0 ? default : new Traffic(1, 2 - rank))}",
                    "any: True False",
                    "from the first: it is 0",
                    "received: False True True",
                    "sent: True False True",
                    $"floats: {string.Join(' ', Enumerable.Range(10 * ((rank + 2) % 3), 5))}; doubles: {(rank + 2) % 3} {(rank + 2) % 3 + 1 / 1024.0} "
                    + $"{(rank + 2) % 3 + 131071 / 1024.0}; left as it was: 7",
                    $"tensors: {new Traffic(3, 20 + 8 * 131072)}",
                    "left",
                ],
                ranks[rank]);
    }

    // What MPI reads and writes is pinned while it does, and not longer.
    [SkippableFact]
    public void OfManyExchangesNothingStays() => Assert.All(
        MpiRun.Seen(_folder, 2, "many", number: 100_000), rank => Assert.Matches("^kept: -?[0-9]$", Assert.Single(rank)));

    [SkippableFact]
    public void AMistakeIsALineAndNoEnd()
    {
        string[][] ranks = MpiRun.Seen(_folder, 3, "mistakes");
        for (int rank = 0; rank < 3; rank++)
        {
            Assert.StartsWith("IOException: MPI_Isend failed: ", ranks[rank][0]);
            Assert.True(ranks[rank][0].Length > "IOException: MPI_Isend failed: ".Length);
            Assert.Equal(
                "InputException: rank 2 has another number than rank 0 (1, not 0): start all ranks with the same program, options and data", ranks[rank][1]);
            Assert.Equal("fine", ranks[rank][2]);
        }
        Assert.StartsWith("IOException: MPI_Test failed: Message truncated", Assert.Single(ranks[1][3..]));
    }

    [SkippableTheory]
    [InlineData("0")]
    [InlineData("-3")]
    [InlineData("ten")]
    public void ATimeThatIsNoneIsRefused(string time) => Assert.Equal(
        [$"refused: SSP_RANK_IDLE={time}: it must be a whole number of seconds, at least 1"], Alone("idle", [$"SSP_RANK_IDLE={time}"], 2));

    [SkippableFact]
    public void AnotherMpiIsRefused() => Assert.Equal(
        ["refused: these ranks were started by Open MPI, which has another ABI: start them with MPICH's mpiexec (mpiexec.mpich)"],
        Alone("exchange", ["OMPI_COMM_WORLD_SIZE=1"], 2));

    [SkippableFact]
    public void OthersThatAreNotMetAreMissed() => Assert.Matches(
        "^refused: 3 processes were started, and by MPICH [0-9.]+ this one met 0 of the others: start them with this MPI's own mpiexec, or in Slurm with",
        Assert.Single(Alone("exchange", ["SLURM_STEP_NUM_TASKS=3"], 2)));

    [Theory]
    [InlineData("", "ranks 1, rank 0, here 0", "no line")]
    [InlineData("PMI_SIZE=1", "ranks 1, rank 0, here 0", "no line")]
    [InlineData("PMI_SIZE=four PMI_FD=0", "ranks 1, rank 0, here 0", "no line")]
    [InlineData("PMI_SIZE=4 PMI_RANK=3 MPI_LOCALRANKID=1 PMI_FD=2", "ranks 4, rank 3, here 1", "line 2")]
    [InlineData("OMPI_COMM_WORLD_SIZE=5 OMPI_COMM_WORLD_RANK=2", "ranks 5, rank 2, here 0", "no line")]
    [InlineData("SLURM_STEP_NUM_TASKS=6 SLURM_PROCID=5 SLURM_LOCALID=2", "ranks 6, rank 5, here 2", "no line")]
    [InlineData("PMI_SIZE=1 SLURM_STEP_NUM_TASKS=6 PMI_RANK=0 SLURM_PROCID=5", "ranks 6, rank 0, here 0", "no line")]
    [InlineData("MV2_COMM_WORLD_LOCAL_RANK=3 SLURM_LOCALID=2", "ranks 1, rank 0, here 3", "no line")]
    [InlineData("PALS_LOCAL_RANKID=4", "ranks 1, rank 0, here 4", "no line")]
    public void TheLaunchersVariablesAreRead(string variables, string ranks, string line) =>
        Assert.Equal([ranks, line], Alone("environment", variables.Split(' ', StringSplitOptions.RemoveEmptyEntries)));

    // The launcher is heard at an open file, here one of the disk.
    [SkippableTheory]
    [InlineData("MPI_LOCALNRANKS=1 PMI_FD=5", "cmd=abort exitcode=7\n")]
    [InlineData("MPI_LOCALNRANKS=3 PMI_FD=5", "cmd=abort exitcode=7\n")]
    [InlineData("PMI_FD=5", "")]
    [InlineData("MPI_LOCALNRANKS=0 PMI_FD=5", "")]
    [InlineData("MPI_LOCALNRANKS=3", "")]
    // It is closed.
    [InlineData("MPI_LOCALNRANKS=3 PMI_FD=77", "")]
    public void TheLauncherIsToldThatAllEnd(string variables, string told)
    {
        Skip.IfNot(OperatingSystem.IsLinux(), "files have no numbers here");
        string command = string.Join(' ', MpiRun.Rank("abort", _folder.Path, "7").Select(a => $"'{a}'"));
        using Process shell = Process.Start("bash", ["-c", $"{variables} {command} 5>'{_folder["line"]}'"]);
        shell.WaitForExit();
        Assert.Equal((0, told), (shell.ExitCode, File.ReadAllText(_folder["line"])));
    }

    // Libraries that cannot be loaded stand for those that are not there, and any other library for Open MPI's.
    [SkippableTheory]
    [InlineData(false, "False: no MPI library is here (libmpich.so.12, libmpi.so.12, libmpi_intel.so.12): install mpich (apt-get install mpich)")]
    [InlineData(true, "False: Open MPI is here, which has another ABI: install mpich (apt-get install mpich) and start with its mpiexec.mpich")]
    public void WhatIsMissingIsSaid(bool hasOpenMpi, string told)
    {
        Skip.IfNot(OperatingSystem.IsLinux(), "libraries have other names here");
        foreach (string name in (string[])["libmpich.so.12", "libmpi.so.12", "libmpi_intel.so.12", "libmpi.so.40"])
            File.WriteAllText(_folder[name], "");
        if (hasOpenMpi)
            File.Copy(Path.Combine(RuntimeEnvironment.GetRuntimeDirectory(), "libSystem.Native.so"), _folder["libmpi.so.40"], overwrite: true);
        Assert.Equal([told], Alone("find", [$"LD_LIBRARY_PATH={_folder.Path}"]));
    }

    [SkippableFact]
    public void TheLibraryIsNamed() => Assert.Matches("^True: MPICH [0-9.]+$", Assert.Single(Alone("find", [])));

    // What one process saw that no launcher started.
    private string[] Alone(string what, string[] variables, int expected = 0)
    {
        using Process run = Process.Start("env", [.. variables, .. MpiRun.Rank(what, _folder.Path)]);
        run.WaitForExit();
        Assert.Equal(expected, run.ExitCode);
        return File.ReadAllLines(Assert.Single(Directory.GetFiles(_folder.Path, "*.txt")));
    }
}
