using SspNative.Engine;
using SspNative.Engine.Nn;
using SspNative.Kernels;
using SspNative.Kernels.Gpu;
using SspNative.Lab.Catalogue;
using SspNative.Model;
using SspNative.Model.Pipeline;
using SspNative.Tests.Architecture;
using Xunit;

namespace SspNative.Gpu.Tests;

/// <summary>Passes that are recorded and replayed.</summary>
public sealed class GraphTests : GpuTest, IDisposable
{
    private readonly Lazy<GpuDevice> _device = new(() => GpuDevices.Open(Gpu.Name, graphs: true));

    private GpuDevice Device => _device.Value;

    [SkippableFact]
    public void AReplayHasTheBitsOfARun()
    {
        using var scope = new TensorScope();
        Tensor weight = Uniform([24, 20], 1);
        using var pass = new GraphedPass<Tensor>(Device, x => Ops.Softmax(Ops.Gelu(Ops.Add(Ops.Linear(x[0], weight), x[1]))));
        for (int run = 0; run < 5; run++)
        {
            Tensor x = Uniform([7, 20], 10 + run), y = Uniform([7, 24], 20 + run);
            float[] expected = Ops.Softmax(Ops.Gelu(Ops.Add(Ops.Linear(x, weight), y))).ToArray();
            long launched = Device.KernelsRun;
            Assert.Equal(expected, pass.Run(x, y).ToArray());
            // Two copies of inputs and the kernels themselves.
            Assert.Equal(run == 0 ? 0 : 1, pass.Recordings);
            Assert.Equal(run == 0 ? 4 : 6, Device.KernelsRun - launched);
        }
    }

    [SkippableFact]
    public void OtherShapesAreOtherRecordings()
    {
        using var scope = new TensorScope();
        using var pass = new GraphedPass<Tensor>(Device, x => Ops.Sum(Ops.Exp(x[0]), [0]));
        foreach (int rows in (int[])[3, 5, 3, 5, 3, 7])
            Assert.Equal(Ops.Sum(Ops.Exp(Uniform([rows, 9], rows)), [0]).ToArray(), pass.Run(Uniform([rows, 9], rows)).ToArray());
        Assert.Equal(2, pass.Recordings);
    }

    [SkippableFact]
    public void WhatOthersAllocateMeanwhileIsNotOverwritten()
    {
        using var scope = new TensorScope();
        using var pass = new GraphedPass<Tensor>(Device, x => Ops.Mul(Ops.Exp(Ops.Neg(x[0])), x[0]));
        float[] first = Values(0), second = Values(1);
        Run(first);
        Run(second);
        Tensor[] others = [.. Enumerable.Range(0, 40).Select(i => Uniform([600], 100 + i))];
        float[][] before = [.. others.Select(t => t.ToArray())];
        Run(first);
        Assert.Equal(before, others.Select(t => t.ToArray()));

        float[] Values(int seed) => Uniform([600], seed).ToArray();

        void Run(float[] values)
        {
            using var inner = new TensorScope();
            Tensor x = Tensor.FromArray(values, [600], Device);
            Assert.Equal(Ops.Mul(Ops.Exp(Ops.Neg(x)), x).ToArray(), pass.Run(x).ToArray());
        }
    }

    [SkippableFact]
    public void WhatARecordingHoldsIsGivenBack()
    {
        using (var scope = new TensorScope())
        using (var pass = new GraphedPass<Tensor>(Device, x => Ops.Exp(x[0])))
        {
            for (int run = 0; run < 3; run++)
                pass.Run(Uniform([10], run));
            Assert.Equal(3 + 2 + 1, Device.LiveBuffers);
        }
        Assert.Equal(0, Device.LiveBuffers);
    }

    [SkippableFact]
    public void APassThatCopiesIsRefused()
    {
        using var scope = new TensorScope();
        using var pass = new GraphedPass<Tensor>(Device, x => Ops.Add(x[0], Tensor.FromArray([1f], [1], Device)));
        Tensor x = Uniform([3], 1);
        pass.Run(x);
        int live = Device.LiveBuffers;
        Assert.Contains("copies nothing between host and device", Assert.Throws<InvalidOperationException>(() => pass.Run(x)).Message);
        // The device is as before.
        Assert.Equal(live, Device.LiveBuffers);
        Assert.Equal(x.ToArray(), Ops.Neg(Ops.Neg(x)).ToArray());
    }

    [SkippableFact]
    public void AFirstRunThatFailsIsNone()
    {
        using var scope = new TensorScope();
        bool fails = true;
        using var pass = new GraphedPass<Tensor>(Device, x => fails ? throw new InvalidDataException("no") : Ops.Exp(x[0]));
        Tensor x = Uniform([3], 1);
        Assert.Throws<InvalidDataException>(() => pass.Run(x));
        fails = false;
        float[] expected = Ops.Exp(x).ToArray();
        foreach (int recordings in (int[])[0, 1, 1])
        {
            Assert.Equal(expected, pass.Run(x).ToArray());
            Assert.Equal(recordings, pass.Recordings);
        }
    }

    [SkippableFact]
    public void WhoWatchesSeesEveryKernel()
    {
        using var scope = new TensorScope();
        using var pass = new GraphedPass<Tensor>(Device, x => Ops.Exp(x[0]));
        Tensor x = Uniform([3], 1);
        for (int run = 0; run < 3; run++)
            pass.Run(x);
        var watcher = new LaunchCounter();
        using (Device.Observe(watcher))
            pass.Run(x);
        Assert.Equal(1, watcher.Launches);
    }

    [SkippableFact]
    [Trait("speed", "slow")]
    public void AClipIsSegmentedToTheSameBits()
    {
        Assert.Equal(Confidence(Gpu), Confidence(Device));

        static float[][] Confidence(IDevice device)
        {
            using SspModel model = SspModel.Load(new SspModelOptions { Weights = [Repository.Path("models/synth-avs.safetensors")] }, device);
            string clip = Repository.Path("examples/clock-and-guitar");
            return [.. Enumerable.Range(0, 2).SelectMany(_ => model.Segment(clip).Select(frame => frame.Confidence).ToArray())];
        }
    }

    public void Dispose()
    {
        if (_device.IsValueCreated)
            _device.Value.Dispose();
    }

    private Tensor Uniform(Shape shape, int seed) => OpInput.Uniform(shape).Make(new Random(seed), Device);

    private sealed class LaunchCounter : DeviceObserver
    {
        public int Launches { get; private set; }

        public override void AfterLaunch<TCall>(in TCall call, IDevice device) => Launches++;
    }
}
