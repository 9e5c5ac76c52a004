using System.Globalization;

namespace SspNative.Peers;

/// <summary>How many threads a peer takes: as many as the engine, which says so when it starts the peer.</summary>
public static class PeerThreads
{
    private const string Variable = "SSP_THREADS";

    /// <summary>What <c>SSP_THREADS</c> says, else the number of processors.</summary>
    public static int Count { get; } =
        int.TryParse(Environment.GetEnvironmentVariable(Variable), CultureInfo.InvariantCulture, out int count) && count > 0
            ? count
            : Environment.ProcessorCount;
}
