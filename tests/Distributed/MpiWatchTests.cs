using SspNative.Engine.Distributed;
using SspNative.Tests.Support;
using Xunit;

namespace SspNative.Tests.Distributed;

/// <summary>What ranks tell each other of their ends.</summary>
public sealed class MpiWatchTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [SkippableFact]
    public void ThoseThatFailAlikeLeaveTogether()
    {
        string[][] ranks = MpiRun.Seen(_folder, 3, "fail");
        Assert.Equal(
            [
                "1 failed: 11", "2 failed: 12", "line of 1: ", "line of 1: rank 1 cannot: näher", "line of 1: xxxxxxxxx… 1048587", "line of 2: ",
                "line of 2: rank 2 cannot: näher", "line of 2: xxxxxxxxx… 1048587",
            ],
            ranks[0].Order(StringComparer.Ordinal));
        Assert.All(ranks[1..], rank => Assert.Equal(["together: True"], rank));
    }

    [SkippableFact]
    public void WhoGivesUpWaitsForNothingAndWhoFailsNotForEver()
    {
        string[][] ranks = MpiRun.Seen(_folder, 3, "give-up");
        Assert.Equal(["1 failed: -5", "2 failed: 6", "told more: "], ranks[0]);
        Assert.Equal(["told more: "], ranks[1]);
        Assert.Equal(["together: False after 7 s", "told more: "], ranks[2]);
    }

    [SkippableFact]
    public void TheFirstEndsAll()
    {
        string[][] ranks = MpiRun.Seen(_folder, 3, "end", number: 9);
        Assert.Empty(ranks[0]);
        Assert.All(ranks[1..], rank => Assert.Equal(["end: 9"], rank));
    }

    [SkippableFact]
    public void WhoDoesNothingIsTold()
    {
        string[][] ranks = MpiRun.Seen(_folder, 2, "idle", number: 4, variables: [$"{IdleClock.Variable}=1"]);
        Assert.Equal(["told: "], ranks[0]);
        Assert.Matches("^idle for [12] s; idle for [23] s", Assert.Single(ranks[1]));
    }
}
