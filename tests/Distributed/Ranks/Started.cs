using SspNative.Engine.Distributed;

namespace SspNative.Tests.Distributed.Ranks;

/// <summary>What the launcher's variables say, without MPI.</summary>
internal static class Started
{
    public static int Tell(Log log)
    {
        log.Add($"ranks {MpiCollective.StartedRanks}, rank {MpiCollective.StartedRank}, here {MpiCollective.StartedLocalRank}");
        using Microsoft.Win32.SafeHandles.SafeFileHandle? line = MpiCollective.LauncherLine();
        log.Add(line is null ? "no line" : $"line {line.DangerousGetHandle()}");
        return 0;
    }

    public static int Find(Log log)
    {
        (bool isThere, string line) = MpiCollective.Find();
        log.Add($"{isThere}: {line}");
        return 0;
    }
}
