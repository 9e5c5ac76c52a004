using SspNative.Engine;
using SspNative.Engine.Diagnostics;
using SspNative.Engine.Nn;
using SspNative.Tests.Support;
using Xunit;

namespace SspNative.Tests.Nn;

public sealed class LayerTests : DeviceTest
{
    [Fact]
    public void ALayerFreesWhatItMadeAndHandsItsResultToTheCallersScope()
    {
        using (new TensorScope())
        {
            Tensor x = Tensor.Full([2], 3f, Device);
            Assert.Equal([7f, 7f], new DoubleAndOne().Forward(x).ToArray());
            Assert.Equal(2, Device.LiveBuffers);
        }
        Assert.Equal(0, Device.LiveBuffers);
    }

    [Fact]
    public void AResultOfSeveralTensorsIsKeptWhole()
    {
        using (new TensorScope())
        {
            Pair pair = new SumAndDifference().Forward(new(Tensor.Full([1], 5f, Device), Tensor.Full([1], 3f, Device)));
            Assert.Equal([8f, 2f], pair.Tensors.Select(t => t.Item()));
            Assert.Equal(4, Device.LiveBuffers);
        }
        Assert.Equal(0, Device.LiveBuffers);
    }

    [Fact]
    public void ALayerThatFailsLeavesNothingAndClosesItsScope()
    {
        using (new TensorScope())
        {
            Tensor x = Tensor.Full([2], 3f, Device);
            Assert.Throws<ArgumentException>(() => new Failing().Forward(x));
            Assert.Equal(1, Device.LiveBuffers);
            Tensor.Zeros([1], Device);
        }
        Assert.Equal(0, Device.LiveBuffers);
    }

    [Fact]
    public void ALayerIsAModuleOfAProfile()
    {
        using var profiler = new Profiler();
        using (new TensorScope())
            new DoubleAndOne().Forward(Tensor.Full([2], 3f, Device));
        profiler.Stop();
        Assert.Single(profiler.Events, e => e is { Kind: SpanKind.Module, Name: "double and one" });
    }

    [Fact]
    public void ALayerWithoutANameIsNoModule()
    {
        using var profiler = new Profiler();
        using (new TensorScope())
            new SumAndDifference().Forward(new(Tensor.Full([1], 5f, Device), Tensor.Full([1], 3f, Device)));
        profiler.Stop();
        Assert.DoesNotContain(profiler.Events, e => e.Kind == SpanKind.Module);
    }

    [Fact]
    public void LayersAskForTheFirstValuesAndUsesThatTheyAreGiven()
    {
        using var store = new ParameterStore(new InitialWeights(1), Device);
        using var scope = new TensorScope();
        var linear = new Linear(store.Root / "linear", 2, 3, init: Init.Zeros, biasInit: Init.Ones);
        var read = new Linear(store.Root / "read", 2, 3, bias: false, isRead: true);
        var conv = new Conv2d(store.Root / "conv", 2, 3, 1, bias: false, init: Init.Ones);
        Assert.Equal([0f, 0f, 0f, 0f, 0f, 0f, 1f, 1f, 1f], [.. linear.Weight.ToArray(), .. linear.Bias!.ToArray()]);
        Assert.Equal(Enumerable.Repeat(1f, 6), conv.Weight.ToArray());
        Assert.Same(store["read.weight"], read.Weight);
        Assert.Equal(
            [("linear.weight", true, true), ("linear.bias", false, false), ("read.weight", true, false), ("conv.weight", false, false)],
            store.Specs.Select(p => (p.Name, p.MayBeBFloat16, p.MayBePacked)));
    }

    [Fact]
    public void QueryKeyAndValueHaveRowsOfOneMatrix()
    {
        using var store = new ParameterStore(new InitialWeights(1), Device);
        using var scope = new TensorScope();
        const int Channels = 8;
        var attention = new MultiHeadAttention(store.Root / "a", Channels, 2);
        Tensor query = Uniform([1, 3, Channels], 1), key = Uniform([1, 4, Channels], 2), value = Uniform([1, 4, Channels], 3);
        Tensor Part(Tensor x, int part) => Ops.Linear(
            x, Ops.Narrow(store["a.in_proj_weight"], 0, part * Channels, Channels), Ops.Narrow(store["a.in_proj_bias"], 0, part * Channels, Channels));
        Tensor attended = Ops.Attention(Part(query, 0), Part(key, 1), Part(value, 2), 2);
        float[] expected = Ops.Linear(attended, store["a.out_proj.weight"], store["a.out_proj.bias"]).ToArray();
        float[] found = attention.Forward(new AttentionInputs(query, key, value)).ToArray();
        Assert.All(expected.Zip(found), pair => Assert.Equal(pair.First, pair.Second, 1e-6f));
    }

    [Fact]
    public void WhatIsHandedOverIsFreedInside()
    {
        using var scope = new TensorScope();
        Tensor x = Tensor.Full([2], 3f, Device);
        Tensor y = new Consuming().Forward(x.HandOver());
        Assert.Equal([6f, 6f], y.ToArray());
        Assert.Equal(1, Device.LiveBuffers);
        Assert.Contains("was freed", Assert.Throws<ObjectDisposedException>(() => x.ToArray()).Message);
    }

    [Fact]
    public void AConvolutionMayHaveGroups()
    {
        using var store = new ParameterStore(new InitialWeights(1), Device);
        using var scope = new TensorScope();
        var depthwise = new Conv2d(store.Root / "depthwise", 4, 4, 3, padding: 1, groups: 4);
        Assert.Equal([4, 1, 3, 3], store["depthwise.weight"].Shape.ToArray());
        Tensor x = Init.Uniform(deviation: 1).Create("x", [1, 5, 5, 4], 1, Device);
        Assert.Equal(Ops.Conv2d(x, depthwise.Weight, depthwise.Bias, padding: 1, groups: 4).ToArray(), depthwise.Forward(x).ToArray());
        Assert.Contains("groups", Assert.Throws<ArgumentException>(() => new Conv2d(store.Root / "odd", 4, 6, 3, groups: 4)).Message);
    }

    private sealed class DoubleAndOne() : Layer("double and one")
    {
        protected override Tensor Compute(Tensor x) => x * 2f + 1f;
    }

    private readonly record struct Operands(Tensor A, Tensor B);

    private sealed record Pair(Tensor Sum, Tensor Difference) : ITensors
    {
        public IEnumerable<Tensor> Tensors => [Sum, Difference];
    }

    private sealed class SumAndDifference : Layer<Operands, Pair>
    {
        protected override Pair Compute(Operands inputs)
        {
            Tensor negative = -inputs.B;
            return new Pair(inputs.A + inputs.B, inputs.A + negative);
        }
    }

    private sealed class Failing : Layer
    {
        protected override Tensor Compute(Tensor x) => x + 1f + Tensor.Zeros([3], x.Device);
    }

    private sealed class Consuming : Layer<Handover<Tensor>>
    {
        protected override Tensor Compute(Handover<Tensor> input) => input.Value.ReplacedBy(input.Value * 2f);
    }
}
