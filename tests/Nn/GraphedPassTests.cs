using SspNative.Engine;
using SspNative.Engine.Nn;
using SspNative.Kernels;
using SspNative.Kernels.Cpu;
using SspNative.Tests.Support;
using Xunit;

namespace SspNative.Tests.Nn;

/// <summary>When a pass runs, is recorded and is replayed, on a processor that plays a device with graphs.</summary>
public sealed class GraphedPassTests : DeviceTest
{
    [Fact]
    public void TheFirstRunIsAsItIsAndTheSecondIsRecorded()
    {
        var device = new GraphsOnTheProcessor(Best);
        int runs = 0;
        using var scope = new TensorScope();
        using var pass = new GraphedPass<Tensor>(device, x => Doubled(x[0], ref runs));
        Tensor first = pass.Run(Numbers(1, 2));
        Assert.Equal((0, 1), (pass.Recordings, runs));
        Tensor second = pass.Run(Numbers(3, 4));
        Assert.Equal((1, 2), (pass.Recordings, runs));
        Assert.Equal([2f, 4f], first.ToArray());
        Assert.Equal([6f, 8f], second.ToArray());
        // A replay overwrites the result of the one before.
        Tensor third = pass.Run(Numbers(5, 6));
        Assert.Equal((1, 2, 2), (pass.Recordings, runs, device.Replays));
        Assert.Same(second, third);
        Assert.Equal([10f, 12f], third.ToArray());
    }

    [Fact]
    public void InputsAreCopiedAndStayTheirOwners()
    {
        var device = new GraphsOnTheProcessor(Best);
        using var scope = new TensorScope();
        using var pass = new GraphedPass<Tensor>(device, x => Ops.Sub(x[0], x[1]));
        for (int run = 0; run < 3; run++)
        {
            Tensor a = Numbers(10 + run, 20), b = Numbers(1, 2 * run);
            Assert.Equal([9f + run, 20f - 2 * run], pass.Run(a, b).ToArray());
            Assert.Equal([10f + run, 20f], a.ToArray());
        }
    }

    [Fact]
    public void OtherShapesAreOtherRecordings()
    {
        var device = new GraphsOnTheProcessor(Best);
        using var scope = new TensorScope();
        using var pass = new GraphedPass<Tensor>(device, x => Ops.Scale(x[0], 2f));
        foreach (int length in (int[])[2, 3, 2, 3, 2, 4])
            Assert.Equal(Enumerable.Repeat(2f, length), pass.Run(Numbers([.. Enumerable.Repeat(1f, length)])).ToArray());
        Assert.Equal((2, 3), (pass.Recordings, device.Replays));
    }

    [Fact]
    public void WhereNothingCanBeRecordedEveryRunIsAsItIs()
    {
        var device = new GraphsOnTheProcessor(Best) { Records = false };
        int runs = 0;
        using var scope = new TensorScope();
        using var observed = new GraphedPass<Tensor>(device, x => Doubled(x[0], ref runs));
        using var plain = new GraphedPass<Tensor>(Best, x => Doubled(x[0], ref runs));
        for (int run = 0; run < 3; run++)
        {
            observed.Run(Numbers(1));
            plain.Run(Numbers(1));
        }
        device.Records = true;
        using (new GradientTape())
            for (int run = 0; run < 3; run++)
                observed.Run(Numbers(1));
        Assert.Equal((9, 0, 0), (runs, observed.Recordings, plain.Recordings));
    }

    [Fact]
    public void OnlyFloatsCanBeOverwritten()
    {
        var device = new GraphsOnTheProcessor(Best);
        using var scope = new TensorScope();
        using var pass = new GraphedPass<Tensor>(device, x => Ops.Scale(x[1], 2f));
        Tensor ids = Tensor.FromArray([1L, 2L], [2], Best);
        pass.Run(ids, Numbers(1));
        Assert.Contains("only float inputs", Assert.Throws<ArgumentException>(() => pass.Run(ids, Numbers(1))).Message);
        Assert.Equal(0, pass.Recordings);
    }

    [Fact]
    public void APassThatFailsWhileItIsRecordedLeavesNothing()
    {
        var device = new GraphsOnTheProcessor(Best);
        int runs = 0;
        using var scope = new TensorScope();
        using var pass = new GraphedPass<Tensor>(device, x => ++runs == 2 ? throw new InvalidDataException("the second") : Ops.Scale(x[0], 2f));
        pass.Run(Numbers(1));
        int live = Best.LiveBuffers;
        Tensor input = Numbers(1);
        Assert.Throws<InvalidDataException>(() => pass.Run(input));
        Assert.Equal((0, live + 1), (pass.Recordings, Best.LiveBuffers));
        // The next run records it.
        Assert.Equal([2f], pass.Run(input).ToArray());
        Assert.Equal(1, pass.Recordings);
    }

    [Fact]
    public void WhatARecordingHoldsGoesWithThePass()
    {
        var device = new GraphsOnTheProcessor(Best);
        int before = Best.LiveBuffers;
        using (var pass = new GraphedPass<Tensor>(device, x => Ops.Scale(x[0], 2f)))
        {
            using (new TensorScope())
            {
                pass.Run(Numbers(1));
                pass.Run(Numbers(1));
            }
            // An input's copy and the result.
            Assert.Equal(before + 2, Best.LiveBuffers);
            pass.Dispose();
            Assert.Equal((before, 0, 1), (Best.LiveBuffers, pass.Recordings, device.DisposedGraphs));
        }
        Assert.Equal(1, device.DisposedGraphs);
    }

    private static Tensor Doubled(Tensor x, ref int runs)
    {
        runs++;
        return Ops.Scale(x, 2f);
    }

    private Tensor Numbers(params float[] values) => Tensor.FromArray(values, [values.Length], Best);

    // Notes launches while a pass runs, and launches them again. What it notes has no temporaries, whose memory others would have meanwhile.
    private sealed class GraphsOnTheProcessor(CpuDevice processor) : IRecordingDevice
    {
        public bool Records { get; set; } = true;

        public int Replays { get; private set; }

        public int DisposedGraphs { get; private set; }

        public string Name => processor.Name;

        public string Description => processor.Description;

        public string Identity => processor.Identity;

        public Precision Precision => processor.Precision;

        public int PanelLanes => processor.PanelLanes;

        public int LiveBuffers => processor.LiveBuffers;

        public long LiveBytes => processor.LiveBytes;

        public long PeakBytes => processor.PeakBytes;

        public DeviceGraph Record(Action pass)
        {
            var launches = new Launches(processor);
            using (processor.Observe(launches))
                pass();
            return new Graph(this, launches);
        }

        public void Launch<TCall>(in TCall call)
            where TCall : struct, IKernelCall<TCall> => processor.Launch(in call);

        public IDisposable Observe(DeviceObserver observer) => processor.Observe(observer);

        public DeviceBuffer Allocate(long bytes) => processor.Allocate(bytes);

        public void CopyFromHost(ReadOnlySpan<byte> source, DeviceBuffer destination, long destinationByteOffset = 0) =>
            processor.CopyFromHost(source, destination, destinationByteOffset);

        public void CopyToHost(DeviceBuffer source, Span<byte> destination, long sourceByteOffset = 0) =>
            processor.CopyToHost(source, destination, sourceByteOffset);

        public void Synchronize() => processor.Synchronize();

        public DeviceMark? Mark() => processor.Mark();

        public void ResetPeak() => processor.ResetPeak();

        public void Dispose()
        {
        }

        private sealed class Launches(CpuDevice processor) : DeviceObserver
        {
            public List<Action> Noted { get; } = [];

            public override void AfterLaunch<TCall>(in TCall call, IDevice device)
            {
                TCall noted = call;
                Noted.Add(() => processor.Launch(in noted));
            }
        }

        private sealed class Graph(GraphsOnTheProcessor device, Launches launches) : DeviceGraph
        {
            public override int Kernels => launches.Noted.Count;

            public override long HeldBytes => 0;

            public override void Replay()
            {
                device.Replays++;
                launches.Noted.ForEach(launch => launch());
            }

            public override void Dispose() => device.DisposedGraphs++;
        }
    }
}
