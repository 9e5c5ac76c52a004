using System.Text;
using SspNative.Engine;
using SspNative.Engine.Distributed;
using SspNative.Kernels;
using SspNative.Kernels.Cpu;
using SspNative.Tests.Support;
using Xunit;

namespace SspNative.Tests.Distributed;

/// <summary>How tensors of a device go from rank to rank: by a link where all ranks have one of their own, else over the hosts.</summary>
/// <remarks>What is staged lies on the process's own device, whose buffers are counted.</remarks>
[Collection(nameof(ProcessTests))]
public sealed class DeviceCollectiveTests
{
    [Theory]
    [InlineData(true, "a", "b")]
    [InlineData(true, "a", "b", "c")]
    [InlineData(false, "a", "a")]
    [InlineData(false, "a", "b", "a")]
    [InlineData(false, "a", null)]
    [InlineData(false, null, "b")]
    [InlineData(false, null, null)]
    [InlineData(false, "a", "a processor")]
    public void ALinkIsWhereAllHaveTheirOwn(bool linked, params string?[] addresses)
    {
        string[][] calls = ThreadRanks.Run(addresses.Length, ranks =>
        {
            using var device = new AddressedDevice(addresses[ranks.Rank]);
            using var processor = new CpuDevice(CpuDevice.Default.Isa);
            var between = new DeviceCollective(ranks, addresses[ranks.Rank] == "a processor" ? processor : device);
            Assert.Equal(linked, between.IsLinked);
            between.Leave();
            return device.Calls.ToArray();
        });
        for (int rank = 0; rank < addresses.Length; rank++)
            Assert.Equal(
                !linked ? [] : rank == 0 ? ["new", $"link L 0 of {addresses.Length}", "left"] : [$"link L {rank} of {addresses.Length}", "left"],
                calls[rank]);
    }

    [Fact]
    public void WhatIsNotOfTensorsGoesTheRanksWay()
    {
        string[] seen = ThreadRanks.Run(3, ranks =>
        {
            var between = new DeviceCollective(ranks, new ThreadLink(new ThreadLink.Wires(), ranks.Rank));
            string all = string.Concat(between.AllGather([(byte)('a' + ranks.Rank)]).Select(Encoding.UTF8.GetString));
            string first = string.Concat(between.Gather([(byte)('x' + ranks.Rank)]).Select(Encoding.UTF8.GetString));
            between.Poll();
            Assert.Equal(ranks.Sent, between.Sent);
            return $"{between.Rank} of {between.Count}: {all} {first}";
        });
        Assert.Equal(["0 of 3: abc xyz", "1 of 3: abc ", "2 of 3: abc "], seen);
    }

    // Each sends the other two tensors and says that there is no third one; tags and order differ.
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void TensorsArriveByTheirTags(bool linked)
    {
        int live = CpuDevice.Default.LiveBuffers;
        var wires = new ThreadLink.Wires();
        ThreadRanks.Run(2, ranks =>
        {
            using var device = new CpuDevice(CpuDevice.Default.Isa);
            var link = new ThreadLink(wires, ranks.Rank);
            var between = new DeviceCollective(ranks, linked ? link : null);
            int other = 1 - ranks.Rank;
            using (var scope = new TensorScope())
                for (int round = 0; round < 2; round++)
                {
                    Tensor few = Made(10 * ranks.Rank + round, 3), many = Made(20 + ranks.Rank, 7), third = Made(-1, 2);
                    Tensor fewOfOther = Made(0, 3), manyOfOther = Made(0, 7);
                    Traffic before = between.Sent, ownBefore = ranks.Sent;
                    ITransfer[] sends = [between.Send(many, other, 8), between.Send(null, other, 9), between.Send(few, other, 7)];
                    ITransfer[] receives = [between.Receive(third, other, 9), between.Receive(fewOfOther, other, 7), between.Receive(manyOfOther, other, 8)];
                    Assert.Equal([false, true, true], receives.Select(r => r.Wait()));
                    Assert.Equal([true, false, true], sends.Select(s => s.Wait()));
                    Assert.Equal(Values(10 * other + round, 3), fewOfOther.ToArray());
                    Assert.Equal(Values(20 + other, 7), manyOfOther.ToArray());
                    Assert.Equal(Values(-1, 2), third.ToArray());
                    // Over the hosts there are three messages. The link carries two, and the ranks one that says so.
                    Traffic sent = between.Sent - before;
                    Assert.Equal(linked ? new Traffic(3, 40 + 12) : new Traffic(3, 40), sent);
                    Assert.Equal(linked ? new Traffic(1, 12) : sent, ranks.Sent - ownBefore);
                    Assert.Equal(linked ? round + 1 : 0, link.Exchanges);
                }
            // No link carries what is on the processor, or nothing to a processor.
            using var host = Tensor.FromArray([1f + ranks.Rank], [1], CpuDevice.Default);
            using Tensor received = Tensor.Zeros([1], CpuDevice.Default);
            ITransfer own = between.Send(host, other, 1);
            Assert.True(between.Receive(received, other, 1).Wait());
            Assert.True(own.Wait());
            Assert.Equal([1f + other], received.ToArray());
            Assert.Equal(linked ? 2 : 0, link.Exchanges);
            return 0;

            Tensor Made(float first, int count) => Tensor.FromArray(Values(first, count), [count], device);
        });
        Assert.Equal(live, CpuDevice.Default.LiveBuffers);
    }

    // Three ranks, of which one only receives: each pair has a wire of its own.
    [Fact]
    public void EachPairExchangesItsOwn()
    {
        var wires = new ThreadLink.Wires();
        float[][] got = ThreadRanks.Run(3, ranks =>
        {
            using var device = new CpuDevice(CpuDevice.Default.Isa);
            using var scope = new TensorScope();
            var between = new DeviceCollective(ranks, new ThreadLink(wires, ranks.Rank));
            if (ranks.Rank != 0)
            {
                ITransfer[] sends =
                [
                    between.Send(Tensor.FromArray([(float)ranks.Rank], [1], device), 0, 3),
                    between.Send(ranks.Rank == 1 ? null : Tensor.FromArray([4f, 5f], [2], device), 0, 2),
                ];
                Assert.Equal([true, ranks.Rank == 2], sends.Select(s => s.Wait()));
                return [];
            }
            Tensor[] rooms = [.. Enumerable.Range(0, 4).Select(i => Tensor.Zeros([1 + i % 2], device))];
            ITransfer[] receives =
            [
                between.Receive(rooms[0], 1, 3), between.Receive(rooms[1], 1, 2), between.Receive(rooms[2], 2, 3), between.Receive(rooms[3], 2, 2),
            ];
            Assert.Equal([true, false, true, true], receives.Select(r => r.Wait()));
            return (float[])[.. rooms.SelectMany(r => r.ToArray())];
        });
        Assert.Equal([1, 0, 0, 2, 4, 5], got[0]);
    }

    private static float[] Values(float first, int count) => [.. Enumerable.Range(0, count).Select(i => first + i / 8f)];

    /// <summary>A device that has nothing but an address; links are written down.</summary>
    private sealed class AddressedDevice(string? address) : ILinkedDevice
    {
        public List<string> Calls { get; } = [];

        public string? LinkAddress => address;

        public string Name => "addressed";

        public string Description => Name;

        public string Identity => Name;

        public Precision Precision => Precision.Fp32;

        public int PanelLanes => 0;

        public int LiveBuffers => 0;

        public long LiveBytes => 0;

        public long PeakBytes => 0;

        public byte[] NewLink()
        {
            Calls.Add("new");
            return "L"u8.ToArray();
        }

        public IPeerLink Link(byte[] link, int peer, int peers)
        {
            Calls.Add($"link {Encoding.UTF8.GetString(link)} {peer} of {peers}");
            return new WrittenLink(Calls);
        }

        public void Launch<TCall>(in TCall call) where TCall : struct, IKernelCall<TCall> => throw new NotSupportedException();

        public IDisposable Observe(DeviceObserver observer) => throw new NotSupportedException();

        public DeviceBuffer Allocate(long bytes) => throw new NotSupportedException();

        public void CopyFromHost(ReadOnlySpan<byte> source, DeviceBuffer destination, long destinationByteOffset = 0) => throw new NotSupportedException();

        public void CopyToHost(DeviceBuffer source, Span<byte> destination, long sourceByteOffset = 0) => throw new NotSupportedException();

        public void Synchronize() => throw new NotSupportedException();

        public DeviceMark? Mark() => throw new NotSupportedException();

        public void ResetPeak() => throw new NotSupportedException();

        public void Dispose()
        {
        }
    }

    private sealed class WrittenLink(List<string> calls) : IPeerLink
    {
        public void Exchange(IReadOnlyList<PeerCopy> copies) => throw new NotSupportedException();

        public void Dispose() => calls.Add("left");
    }
}
