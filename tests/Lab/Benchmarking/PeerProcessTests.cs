using SspNative.Engine;
using SspNative.Kernels.Cpu;
using SspNative.Lab.Benchmarking;
using SspNative.Lab.Workloads;
using SspNative.Tests.Support;
using Xunit;

namespace SspNative.Tests.Lab.Benchmarking;

/// <summary>The protocol of peers, with scripts of the shell as peers.</summary>
public class PeerProcessTests
{
    private const string Introduction = """echo '{"name":"fake","version":"1.0","threads":2}'""";

    private static readonly BenchCase _work = KernelCases.All.First(w => w.Kind == "softmax");

    [SkippableFact]
    public void TalksToAPeer()
    {
        FakePeer.SkipWithoutShell();
        using var peer = new PeerProcess(FakePeer.Command, TimeSpan.FromSeconds(20));
        Assert.Equal(("fake", "1.0", 2), (peer.Name, peer.Version, peer.Threads));
        Assert.Null(peer.Prepare(_work));
        Assert.Equal([0.5], peer.Run(1));
        Assert.Equal(1048576, peer.PeakBytes());
        Assert.Equal(0.25, peer.ProcessorSeconds());
        CaseOutput output = Assert.Single(peer.Outputs());
        Assert.Equal("y", output.Name);
        Assert.Equal([2], output.Shape);
        Assert.Equal([1f, 2f], output.Values);
        peer.Drop();
        Assert.Equal("it has no convolution", peer.Prepare(KernelCases.All.First(w => w.Kind == "conv2d")));
    }

    [SkippableFact]
    public void ADeadPeerIsNamedWithItsLastLines()
    {
        FakePeer.SkipWithoutShell();
        InputException e = Assert.Throws<InputException>(() => new PeerProcess("echo library missing >&2; exit 3", TimeSpan.FromSeconds(20)));
        Assert.Contains("exit 3", e.Message, StringComparison.Ordinal);
        Assert.Contains("exit code 3", e.Message, StringComparison.Ordinal);
        Assert.Contains("library missing", e.Message, StringComparison.Ordinal);
    }

    [SkippableFact]
    public void APeerThatDiesLaterIsNamed()
    {
        FakePeer.SkipWithoutShell();
        using var peer = new PeerProcess($"read -r q; {Introduction}; read -r q; echo out of memory >&2; exit 9", TimeSpan.FromSeconds(20));
        Assert.Contains("out of memory", Assert.Throws<InputException>(() => peer.Prepare(_work)).Message, StringComparison.Ordinal);
    }

    [SkippableFact]
    public void ASilentPeerIsNotWaitedForForever()
    {
        FakePeer.SkipWithoutShell();
        InputException e = Assert.Throws<InputException>(() => new PeerProcess("echo still loading >&2; exec sleep 60", TimeSpan.FromSeconds(0.5)));
        Assert.Contains("gave no answer", e.Message, StringComparison.Ordinal);
        Assert.Contains("still loading", e.Message, StringComparison.Ordinal);
    }

    [SkippableTheory]
    [InlineData("read -r q; echo not json; exec cat")]
    [InlineData("read -r q; echo '[1]'; exec cat")]
    [InlineData("read -r q; echo '{\"name\":5}'; exec cat")]
    public void NonsenseIsAnError(string command)
    {
        FakePeer.SkipWithoutShell();
        Assert.Throws<InputException>(() => new PeerProcess(command, TimeSpan.FromSeconds(20)));
    }

    [SkippableTheory]
    [InlineData("""{"outputs":5}""")]
    [InlineData("""{"outputs":[{"name":"y","shape":[3],"values":"AACAPwAAAEA="}]}""")]
    [InlineData("""{"outputs":[{"name":"y","shape":[2],"values":"not base 64"}]}""")]
    [InlineData("""{"outputs":[{"shape":[2],"values":"AACAPwAAAEA="}]}""")]
    public void OutputsThatAreNoneAreAnError(string answer)
    {
        FakePeer.SkipWithoutShell();
        using var peer = new PeerProcess($"read -r q; {Introduction}; read -r q; echo '{answer}'; exec cat", TimeSpan.FromSeconds(20));
        Assert.Contains(
            "outputs", Assert.Throws<InputException>(() => peer.Outputs()).Message.Replace("an output ", "outputs ", StringComparison.Ordinal),
            StringComparison.Ordinal);
    }

    [SkippableFact]
    public void APeerIsToldHowManyThreadsTheEngineHas()
    {
        FakePeer.SkipWithoutShell();
        using var peer = new PeerProcess(
            """read -r q; echo "{\"name\":\"fake\",\"version\":\"1.0\",\"threads\":$SSP_THREADS}"; exec cat""", TimeSpan.FromSeconds(20));
        Assert.Equal(CpuThreads.Count, peer.Threads);
    }

    [SkippableFact]
    public void TooFewTimesAreAnError()
    {
        FakePeer.SkipWithoutShell();
        using var peer = new PeerProcess(FakePeer.Command, TimeSpan.FromSeconds(20));
        Assert.Throws<InputException>(() => peer.Run(3));
    }
}
