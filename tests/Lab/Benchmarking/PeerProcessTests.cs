using SspNative.Engine;
using SspNative.Kernels.Cpu;
using SspNative.Lab.Benchmarking;
using SspNative.Lab.Workloads;
using Xunit;

namespace SspNative.Tests.Lab.Benchmarking;

/// <summary>The protocol of peers, with scripts of the shell as peers.</summary>
public class PeerProcessTests
{
    private const string Introduction = """echo '{"name":"fake","version":"1.0","threads":2}'""";

    private static readonly BenchCase _work = KernelCases.All.First(w => w.Kind == "softmax");

    /// <summary>A peer that answers every question, and has no convolution.</summary>
    internal const string Fake = """
        while read -r line; do case "$line" in
        *hello*) echo '{"name":"fake","version":"1.0","threads":2}';;
        *conv2d*) echo '{"unsupported":"it has no convolution"}';;
        *prepare*) echo '{"ready":true}';;
        *run*) echo '{"seconds":[0.5]}';;
        *processor*) echo '{"seconds":0.25}';;
        *outputs*) echo '{"outputs":[{"name":"y","shape":[2],"values":"AACAPwAAAEA="}]}';;
        *memory*) echo '{"peak_bytes":1048576}';;
        *drop*) echo '{"dropped":true}';;
        esac; done
        """;

    [SkippableFact]
    public void TalksToAPeer()
    {
        SkipWithoutShell();
        using var peer = new PeerProcess(Fake, TimeSpan.FromSeconds(20));
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
        SkipWithoutShell();
        InputException e = Assert.Throws<InputException>(() => new PeerProcess("echo library missing >&2; exit 3", TimeSpan.FromSeconds(20)));
        Assert.Contains("exit 3", e.Message, StringComparison.Ordinal);
        Assert.Contains("exit code 3", e.Message, StringComparison.Ordinal);
        Assert.Contains("library missing", e.Message, StringComparison.Ordinal);
    }

    [SkippableFact]
    public void APeerThatDiesLaterIsNamed()
    {
        SkipWithoutShell();
        using var peer = new PeerProcess($"read -r q; {Introduction}; read -r q; echo out of memory >&2; exit 9", TimeSpan.FromSeconds(20));
        Assert.Contains("out of memory", Assert.Throws<InputException>(() => peer.Prepare(_work)).Message, StringComparison.Ordinal);
    }

    [SkippableFact]
    public void ASilentPeerIsNotWaitedForForever()
    {
        SkipWithoutShell();
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
        SkipWithoutShell();
        Assert.Throws<InputException>(() => new PeerProcess(command, TimeSpan.FromSeconds(20)));
    }

    [SkippableTheory]
    [InlineData("""{"outputs":5}""")]
    [InlineData("""{"outputs":[{"name":"y","shape":[3],"values":"AACAPwAAAEA="}]}""")]
    [InlineData("""{"outputs":[{"name":"y","shape":[2],"values":"not base 64"}]}""")]
    [InlineData("""{"outputs":[{"shape":[2],"values":"AACAPwAAAEA="}]}""")]
    public void OutputsThatAreNoneAreAnError(string answer)
    {
        SkipWithoutShell();
        using var peer = new PeerProcess($"read -r q; {Introduction}; read -r q; echo '{answer}'; exec cat", TimeSpan.FromSeconds(20));
        Assert.Contains("outputs", Assert.Throws<InputException>(() => peer.Outputs()).Message.Replace("an output ", "outputs ", StringComparison.Ordinal), StringComparison.Ordinal);
    }

    [SkippableFact]
    public void APeerIsToldHowManyThreadsTheEngineHas()
    {
        SkipWithoutShell();
        using var peer = new PeerProcess(
            """read -r q; echo "{\"name\":\"fake\",\"version\":\"1.0\",\"threads\":$SSP_THREADS}"; exec cat""", TimeSpan.FromSeconds(20));
        Assert.Equal(CpuThreads.Count, peer.Threads);
    }

    [SkippableFact]
    public void TooFewTimesAreAnError()
    {
        SkipWithoutShell();
        using var peer = new PeerProcess(Fake, TimeSpan.FromSeconds(20));
        Assert.Throws<InputException>(() => peer.Run(3));
    }

    internal static void SkipWithoutShell() => Skip.If(OperatingSystem.IsWindows(), "needs /bin/sh");
}
