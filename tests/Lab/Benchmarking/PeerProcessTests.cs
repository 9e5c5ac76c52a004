using SspNative.Engine;
using SspNative.Lab.Benchmarking;
using SspNative.Lab.Workloads;
using Xunit;

namespace SspNative.Tests.Lab.Benchmarking;

/// <summary>The protocol of peers, with scripts of the shell as peers.</summary>
public class PeerProcessTests
{
    private const string Introduction = """echo '{"name":"fake","version":"1.0","threads":2}'""";

    private static readonly WorkCase _work = KernelCases.All.First(w => w.Kind == "softmax");

    /// <summary>A peer that answers every question, and has no convolution.</summary>
    internal const string Fake = """
        while read -r line; do case "$line" in
        *hello*) echo '{"name":"fake","version":"1.0","threads":2}';;
        *conv2d*) echo '{"unsupported":"it has no convolution"}';;
        *prepare*) echo '{"ready":true}';;
        *run*) echo '{"seconds":[0.5]}';;
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

    [SkippableFact]
    public void TooFewTimesAreAnError()
    {
        SkipWithoutShell();
        using var peer = new PeerProcess(Fake, TimeSpan.FromSeconds(20));
        Assert.Throws<InputException>(() => peer.Run(3));
    }

    internal static void SkipWithoutShell() => Skip.If(OperatingSystem.IsWindows(), "needs /bin/sh");
}
