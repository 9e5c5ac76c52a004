using SspNative.Tests.Support;
using Xunit;

namespace SspNative.Tests.Distributed;

/// <summary>A rank that is not heard of.</summary>
public sealed class MpiLossTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [SkippableFact]
    public void ARankThatIsNotHeardIsLostAndMayComeBack()
    {
        string[][] ranks = MpiRun.Seen(_folder, 2, "stop");
        Assert.Matches("^1 lost for 6 s, told after [67] s$", ranks[0][0]);
        Assert.Equal(["again and again: True", "ticks often; afterwards: "], ranks[0][1..]);
        Assert.Equal(["told of others and itself: ", "ticks often; afterwards: "], ranks[1]);
    }

    // Its watching thread holds no process up.
    [SkippableFact]
    public void ARankThatGoesEndsAll()
    {
        using MpiRun run = MpiRun.Start(["-n", "2", .. MpiRun.Rank("go", _folder.Path, "7")]);
        Assert.Equal(7, run.End());
    }
}
