using SspNative.Cli.Terminal;
using SspNative.Kernels.Cpu;
using SspNative.Tests.Support;
using Xunit;

namespace SspNative.Tests.CommandLine.Options;

/// <summary><c>--threads</c>, which changes the one pool of the process.</summary>
public sealed class ThreadsOptionTests : DeviceTest
{
    [Fact]
    public void EveryVerbTakesIt()
    {
        int threads = CpuThreads.Count;
        try
        {
            Assert.Equal(ExitCodes.Success, CommandRun.Of("completion", "bash", "--threads", "3").Code);
            Assert.Equal(3, CpuThreads.Count);
            Assert.Equal(ExitCodes.Success, CommandRun.Of("completion", "bash").Code);
            Assert.Equal(3, CpuThreads.Count);
            foreach (string verb in (string[])["segment", "verify", "describe", "train", "eval", "profile segment", "bench roof"])
                Assert.Contains("--threads", CommandRun.Of([.. verb.Split(' '), "--help"]).Output);
        }
        finally
        {
            CpuThreads.Count = threads;
        }
    }

    [Theory]
    [InlineData("0")]
    [InlineData("1025")]
    [InlineData("-2")]
    [InlineData("two")]
    public void WhatIsNoNumberOfThreadsIsRefused(string given) =>
        Assert.Contains($"--threads {given}: it must be", CommandRun.Refused("completion", "bash", "--threads", given));
}
