using SspNative.Kernels.Cpu;
using SspNative.Lab.Benchmarking;
using SspNative.Tests.Architecture;
using SspNative.Tests.Support;
using Xunit;

namespace SspNative.Tests.Lab.Benchmarking;

/// <summary>A peer that needs no other package than the product's, built and asked as users do: it shows that peers still speak the protocol.</summary>
public class TensorPrimitivesPeerTests
{
    [SkippableFact]
    public void ItHasItsFunctionsForwardOnOneThread()
    {
        FakePeer.SkipWithoutShell();
        using var peer = new PeerProcess($"exec '{Repository.Path("benchmarks/peers/run.sh")}' tensor-primitives", TimeSpan.FromMinutes(5));
        Assert.Equal(("tensor-primitives", 1), (peer.Name, peer.Threads));
        string[] has = ["relu", "exp", "tanh", "sigmoid", "add", "sub", "mul", "div"];
        foreach (string text in (string[])
            [.. has.Select(kind => $"{kind} count=100"), "softmax rows=3 columns=7", "sum rows=3 columns=7", "matmul m=1 n=1 k=50"])
        {
            Assert.Null(peer.Prepare(KernelCases.Parse(text)));
            Assert.Equal(2, peer.Run(2).Length);
            peer.Drop();
        }
        Assert.Contains("no gradients", peer.Prepare(KernelCases.Parse("exp count=100 backward")), StringComparison.Ordinal);
        Assert.Contains("no error function", peer.Prepare(KernelCases.Parse("gelu count=100")), StringComparison.Ordinal);
        Assert.Contains("no such function", peer.Prepare(KernelCases.Parse("matmul m=2 n=1 k=50")), StringComparison.Ordinal);
    }

    [SkippableFact]
    public void TheReportSaysHowManyThreadsEitherHas()
    {
        FakePeer.SkipWithoutShell();
        CommandRun run = CommandRun.Of("bench", "kernels", "exp count=1000", "--peer", "tensor-primitives", "--quick");
        Assert.Equal(0, run.Code);
        if (CpuThreads.Count != 1)
            Assert.Matches($"Warning: .*the engine has {CpuThreads.Count} threads, the peer 1", run.Output);
        Assert.Matches(@"cpu \(.*threads?\) beside tensor-primitives [0-9.]+ \(1 thread\)", run.Output);
    }
}
