using SspNative.Engine;
using SspNative.Engine.Nn;
using SspNative.Kernels;
using SspNative.Model.Weights;
using SspNative.Tests.Support;
using Xunit;

namespace SspNative.Tests.Autograd;

public sealed class ActivationCheckpointTests : DeviceTest
{
    private const int Channels = 24;

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void GradientsAreTheSameBits(bool inputRequiresGrad)
    {
        using var net = new Net(Device, depth: 3, inputRequiresGrad);
        Assert.Equal(net.Gradients(checkpoint: false), net.Gradients(checkpoint: true));
    }

    [Fact]
    public void NestedSegmentsGiveTheSameBits()
    {
        using var net = new Net(Device, depth: 3, inputRequiresGrad: true);
        Tensor WholeInOneSegment(Func<Tensor[], Tensor> layer, Tensor[] inputs) =>
            ActivationCheckpoint.Run(i => ActivationCheckpoint.Run(layer, i), inputs);
        Assert.Equal(net.Gradients(checkpoint: false), net.Gradients(WholeInOneSegment));
    }

    // Told as soon as nothing more is added: every parameter once, with the gradient that it has in the end, the last layer's first.
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void GradientsAreToldWhenTheyAreWhole(bool checkpoint)
    {
        using var scope = new TensorScope();
        Tensor x = Variable(2f), first = Variable(4f), last = Variable(6f);
        using var tape = new GradientTape();
        Tensor Layer(Func<Tensor[], Tensor> layer, Tensor input) => checkpoint ? ActivationCheckpoint.Run(layer, input) : layer([input]);
        // Both layers use the first parameter, so that it is whole after the first layer alone.
        Tensor y = Layer(i => Ops.Mul(Ops.Mul(i[0], first), first), x);
        Tensor loss = Ops.Sum(Layer(i => Ops.Add(Ops.Mul(i[0], last), Ops.Mul(first, last)), y));
        var told = new List<(Tensor Leaf, float[] Gradient)>();
        using Gradients gradients = tape.Backward(loss, (leaf, gradient) => told.Add((leaf, gradient.ToArray())));
        Assert.Same(last, told[0].Leaf);
        Assert.Equal(3, told.Select(t => t.Leaf).Distinct().Count());
        Assert.Equal(3, told.Count);
        Assert.All(told, t => Assert.Equal(gradients[t.Leaf].ToArray(), t.Gradient));
    }

    [Fact]
    public void ADeepNetNeedsAFractionOfTheMemory()
    {
        // So many rows that the gradients of parameters, which both hold, are small beside activations.
        using var net = new Net(Device, depth: 24, inputRequiresGrad: true, rows: 400);
        long plain = net.Peak(checkpoint: false), checkpointed = net.Peak(checkpoint: true);
        Assert.True(4 * checkpointed < plain, $"{checkpointed} of {plain} bytes");
    }

    [Fact]
    public void ASegmentRunsOnceMoreForABackwardPassAndNotOtherwise()
    {
        using var scope = new TensorScope();
        Tensor x = Variable(2f);
        int runs = 0;
        Tensor Square(Tensor[] inputs)
        {
            runs++;
            return Ops.Mul(inputs[0], inputs[0]);
        }
        Assert.False(ActivationCheckpoint.Run(Square, x).RequiresGrad);
        Assert.Equal(1, runs);
        using var tape = new GradientTape();
        Tensor y = ActivationCheckpoint.Run(Square, x);
        Assert.Equal(2, runs);
        using Gradients gradients = tape.Backward(y);
        Assert.Equal(3, runs);
        Assert.Equal([4f], gradients[x].ToArray());
    }

    [Fact]
    public void WithoutARequiredGradientNothingIsKept()
    {
        using var scope = new TensorScope();
        Tensor x = Tensor.Full([3], 1f, Device);
        using var tape = new GradientTape();
        int live = Device.LiveBuffers;
        using (var inner = new TensorScope())
            Assert.False(ActivationCheckpoint.Run(i => Ops.Relu(Ops.Mul(i[0], i[0])), x).RequiresGrad);
        Assert.Equal(live, Device.LiveBuffers);
    }

    [Fact]
    public void ASegmentMayHandItsInputOn()
    {
        using var scope = new TensorScope();
        Tensor x = Variable(3f);
        using var tape = new GradientTape();
        Tensor y = Ops.Scale(ActivationCheckpoint.Run(i => i[0], x), 5f);
        using Gradients gradients = tape.Backward(Ops.Add(y, x));
        Assert.Equal([6f], gradients[x].ToArray());
    }

    [Fact]
    public void LayersAreCheckpointedWhereTheTapeSaysSo()
    {
        using var scope = new TensorScope();
        Tensor x = Variable(2f);
        int runs = 0;
        Tensor Layer(Tensor[] inputs)
        {
            runs++;
            return ActivationCheckpoint.Layer(i => Ops.Mul(i[0], i[0]), inputs);
        }
        foreach ((bool wanted, int expected) in new[] { (false, 1), (true, 2) })
        {
            using var tape = new GradientTape { CheckpointLayers = wanted };
            runs = 0;
            using Gradients gradients = tape.Backward(ActivationCheckpoint.Layer(Layer, x));
            Assert.Equal(expected, runs);
            Assert.Equal([4f], gradients[x].ToArray());
        }
    }

    [Fact]
    public void AnUnusedRecordingFreesItsInputs()
    {
        using var scope = new TensorScope();
        Tensor x = Variable(2f);
        int live = Device.LiveBuffers;
        using (new GradientTape())
        using (new TensorScope())
            ActivationCheckpoint.Run(i => Ops.Exp(Ops.Exp(i[0])), Ops.Exp(x));
        Assert.Equal(live, Device.LiveBuffers);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public void AnErrorInASegmentLeavesNothingBehind(int failingRun)
    {
        int runs = 0;
        Tensor Fails(Tensor[] inputs)
        {
            using var scope = new TensorScope();
            Tensor y = Ops.Exp(Ops.Exp(inputs[0]));
            return ++runs == failingRun ? throw new IOException("broken") : scope.Keep(y);
        }
        using (new TensorScope())
        {
            Tensor x = Variable(0.5f);
            int live = Device.LiveBuffers;
            Assert.Throws<IOException>(() =>
            {
                using var scope = new TensorScope();
                using var tape = new GradientTape();
                Tensor y = ActivationCheckpoint.Run(Fails, Ops.Scale(x, 2f));
                tape.Backward(Ops.Scale(y, 3f)).Dispose();
            });
            Assert.Equal(live, Device.LiveBuffers);
            Assert.False(GradientTape.IsRecording(x));
        }
        Assert.Equal(failingRun, runs);
    }

    [Fact]
    public void ASegmentThatGivesAnotherShapeTheSecondTimeIsAnError()
    {
        using var scope = new TensorScope();
        Tensor x = Variable(1f);
        int runs = 0;
        using var tape = new GradientTape();
        Tensor y = ActivationCheckpoint.Run(i => runs++ == 0 ? Ops.Exp(i[0]) : Ops.Reshape(Ops.Exp(i[0]), 1, 1), x);
        Assert.Contains("(1, 1)", Assert.Throws<ArgumentException>(() => tape.Backward(y)).Message);
    }

    private Tensor Variable(params float[] values)
    {
        Tensor x = Tensor.FromArray(values, [values.Length], Device);
        x.RequiresGrad = true;
        return x;
    }

    // Residual layers, x + MLP(x · shared) each: x and the shared factor have uses inside and outside of every segment.
    private sealed class Net : IDisposable
    {
        private readonly ParameterStore _store;
        private readonly Mlp[] _layers;
        private readonly Tensor _shared;
        private readonly Tensor _x;
        private readonly IDevice _device;

        public Net(IDevice device, int depth, bool inputRequiresGrad, int rows = 50)
        {
            _device = device;
            _store = new ParameterStore(new ProceduralSource(3), device);
            ParameterPath root = _store.Root;
            _layers =
            [
                .. Enumerable.Range(0, depth).Select(i => new Mlp(root / i / "fc1", root / i / "fc2", Channels, 4 * Channels, Activation.Gelu)),
            ];
            _shared = root.Get("shared", [Channels], Init.Ones);
            _x = root.Get("x", [rows, Channels], Init.XavierUniform);
            foreach (string name in _store.Names)
                _store[name].RequiresGrad = inputRequiresGrad || name != "x";
        }

        public Dictionary<string, float[]> Gradients(bool checkpoint) =>
            Gradients(checkpoint ? ActivationCheckpoint.Run : (layer, inputs) => layer(inputs));

        public Dictionary<string, float[]> Gradients(Func<Func<Tensor[], Tensor>, Tensor[], Tensor> run)
        {
            using var scope = new TensorScope();
            using var tape = new GradientTape();
            Tensor x = _x;
            Tensor sum = Ops.Mul(x, _shared);
            foreach (Mlp layer in _layers)
            {
                x = run(inputs => layer.Forward(Ops.Mul(inputs[0], inputs[1]), residual: inputs[0]), [x, _shared]);
                sum = Ops.Add(sum, Ops.Mul(x, _shared));
            }
            using Gradients gradients = tape.Backward(Ops.Sum(Ops.Mul(sum, sum)));
            return _store.Names.Where(n => _store[n].RequiresGrad).ToDictionary(n => n, n => gradients[_store[n]].ToArray());
        }

        public long Peak(bool checkpoint)
        {
            long atRest = _device.LiveBytes;
            _device.ResetPeak();
            using var scope = new TensorScope();
            using var tape = new GradientTape { CheckpointLayers = checkpoint };
            Tensor x = _x;
            foreach (Mlp layer in _layers)
                x = ActivationCheckpoint.Layer(inputs => layer.Forward(inputs[0], residual: inputs[0]), x);
            tape.Backward(Ops.Sum(x)).Dispose();
            return _device.PeakBytes - atRest;
        }

        public void Dispose() => _store.Dispose();
    }
}
