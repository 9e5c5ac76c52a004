using System.Text;
using SspNative.Engine;
using SspNative.Engine.Distributed;
using SspNative.Tests.Support;
using Xunit;

namespace SspNative.Tests.Distributed;

/// <summary>What one process does alone, and what follows for any ranks.</summary>
public sealed class CollectiveTests
{
    [Fact]
    public void OneProcessMeetsItself()
    {
        SingleProcess alone = SingleProcess.Instance;
        byte[] own = [1, 2];
        byte[][] all = alone.AllGather(own);
        own[0] = 9;
        Assert.Equal([1, 2], Assert.Single(all));
        Assert.Same(own, Assert.Single(alone.Gather(own)));
        Assert.Equal((0, 1, default), (alone.Rank, alone.Count, alone.Sent));
        alone.Poll();
        alone.Barrier();
        Assert.True(alone.Any(true));
        Assert.False(alone.Any(false));
        Assert.Equal([3], alone.FromFirst([3]));
        alone.RequireSame("thing", "a");
    }

    [Fact]
    public void OneProcessExchangesNoTensors()
    {
        using Tensor tensor = Tensor.Zeros([1], TestDevices.Shared);
        foreach (Func<ITransfer> exchange in (Func<ITransfer>[])
            [() => SingleProcess.Instance.Send(tensor, 0, 0), () => SingleProcess.Instance.Receive(tensor, 0, 0)])
            Assert.Equal(
                "a process that works alone has nobody to exchange tensors with", Assert.Throws<InvalidOperationException>(exchange).Message);
    }

    [Theory]
    [InlineData(false, false, false)]
    [InlineData(false, true, false)]
    [InlineData(true, false, false)]
    [InlineData(false, false, true)]
    public void WhatIsSoAtOneRankIsKnownToAll(params bool[] here) =>
        Assert.All(ThreadRanks.Run(3, ranks => ranks.Any(here[ranks.Rank])), any => Assert.Equal(here.Contains(true), any));

    // The others send nothing of their own.
    [Fact]
    public void WhatTheFirstGivesIsKnownToAll() => Assert.Equal(
        [("first", 10), ("first", 0), ("first", 0)],
        ThreadRanks.Run(3, ranks => (Encoding.UTF8.GetString(ranks.FromFirst(ranks.Rank == 0 ? "first"u8 : "other"u8)), (int)ranks.Sent.Bytes)));

    [Theory]
    [InlineData(null, "x", "x", "x")]
    [InlineData("rank 1 has another key than rank 0 (y, not x): start all ranks with the same program, options and data", "x", "y", "x")]
    [InlineData("rank 2 has another key than rank 0 (z, not x): start all ranks with the same program, options and data", "x", "x", "z")]
    public void WhatDiffersIsToldAlikeAtAllRanks(string? told, params string[] keys) => Assert.All(
        ThreadRanks.Run(3, ranks => Record.Exception(() => ranks.RequireSame("key", keys[ranks.Rank]))),
        e => Assert.Equal(told, (e as InputException)?.Message));

    [Fact]
    public void OneBarrierIsForAll()
    {
        int here = 0;
        Assert.Equal([3, 3, 3], ThreadRanks.Run(3, ranks =>
        {
            Interlocked.Increment(ref here);
            ranks.Barrier();
            return Volatile.Read(ref here);
        }));
    }

    [Fact]
    public void TrafficAddsUp()
    {
        Assert.Equal(new Traffic(11, 22), new Traffic(10, 20) + new Traffic(1, 2));
        Assert.Equal(new Traffic(9, 18), new Traffic(10, 20) - new Traffic(1, 2));
    }

    [Fact]
    public void AProcessIsToldInBytes()
    {
        var process = new RankProcess(1234, "a machine", "boot pid:[4]");
        Assert.Equal(process, RankProcess.FromBytes(process.ToBytes()));
        Assert.Equal("process 1234 on a machine", $"{process}");
        Assert.Equal("a rank does not say which process it is", Assert.Throws<IOException>(() => RankProcess.FromBytes("12\nmachine"u8.ToArray())).Message);
        Assert.True(process.IsBeside(process with { Id = 5 }));
        Assert.False(process.IsBeside(process with { Machine = "another" }));
        Assert.False(process.IsBeside(process with { Numbering = "boot pid:[5]" }));
    }

    [Fact]
    public void ThisProcessIsTheOneThatRuns()
    {
        var own = RankProcess.This();
        Assert.Equal((Environment.ProcessId, Environment.MachineName), (own.Id, own.Machine));
        Assert.Equal(own, RankProcess.This());
        if (OperatingSystem.IsLinux())
            Assert.Matches(@"^[0-9a-f-]{36} pid:\[[0-9]+\]$", own.Numbering);
    }
}
