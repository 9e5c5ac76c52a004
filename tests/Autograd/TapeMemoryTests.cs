using SspNative.Engine;
using SspNative.Engine.Diagnostics;
using SspNative.Tests.Support;
using Xunit;

namespace SspNative.Tests.Autograd;

/// <summary>What a tape forgets and frees, and what a profile calls its passes.</summary>
public sealed class TapeMemoryTests : DeviceTest
{
    [Fact]
    public void DisposedGradientsAreGone()
    {
        using var scope = new TensorScope();
        Tensor x = Variable(2f);
        using var tape = new GradientTape();
        Gradients gradients = tape.Backward(Ops.Scale(x, 3f));
        gradients.Dispose();
        Assert.Null(gradients.Find(x));
        gradients.Dispose();
    }

    [Fact]
    public void ADisposedTapeHasNoRecording()
    {
        using var scope = new TensorScope();
        Tensor x = Variable(2f), y;
        var tape = new GradientTape();
        y = Ops.Mul(x, x);
        tape.Dispose();
        using Gradients gradients = tape.Backward(y);
        Assert.Null(gradients.Find(x));
    }

    [Fact]
    public void WhatRanBackwardsIsForgotten()
    {
        using var scope = new TensorScope();
        Tensor x = Variable(2f);
        using var tape = new GradientTape();
        Tensor hidden = Ops.Mul(x, x);
        tape.Backward(hidden).Dispose();
        using Gradients gradients = tape.Backward(Ops.Scale(hidden, 3f));
        Assert.Equal([3f], gradients[hidden].ToArray());
        Assert.Null(gradients.Find(x));
    }

    [Fact]
    public void AnErrorFreesTheGradientsThatWereThereAlready()
    {
        using var scope = new TensorScope();
        Tensor x = Variable(2f), y = Variable(3f);
        using var tape = new GradientTape();
        Tensor broken = GradientTape.Record("broken", Ops.Detach(x), [x], _ => throw new InvalidOperationException("broken"));
        Tensor loss = Ops.Mul(broken, y);
        int before = Device.LiveBuffers;
        Assert.Throws<InvalidOperationException>(() => tape.Backward(loss));
        Assert.True(Device.LiveBuffers <= before, "the gradient of y is still alive");
    }

    [Fact]
    public void AGradientThatNoScopeOwnsIsFreedOnceItIsAdded()
    {
        using var scope = new TensorScope();
        Tensor x = Variable(2f);
        using var tape = new GradientTape();
        Tensor Twice() => GradientTape.Record(
            "unowned", Ops.Detach(x), [x], g => g.Add(0, TensorScope.Unowned(Tensor.Full([1], 4f, g.Dy.Device))));
        Tensor loss = Ops.Add(Twice(), Twice());
        int before = Device.LiveBuffers;
        Gradients gradients = tape.Backward(loss);
        Assert.Equal([8f], gradients[x].ToArray());
        gradients.Dispose();
        Assert.True(Device.LiveBuffers <= before, "a gradient is still alive");
    }

    [Fact]
    public void ACheckpointedSegmentKeepsNothingOfItsLayers()
    {
        using var scope = new TensorScope();
        Tensor x = Variable(0.5f);
        Assert.Equal(LiveAfter(1), LiveAfter(6));

        int LiveAfter(int layers)
        {
            int live = 0;
            using var inner = new TensorScope();
            using var tape = new GradientTape();
            ActivationCheckpoint.Run(
                inputs =>
                {
                    Tensor y = Ops.Tanh(inputs[0]);
                    for (int i = 0; i < layers; i++)
                    {
                        Tensor next = TensorScope.Run(() => Ops.Tanh(Ops.Exp(y)));
                        y.Dispose();
                        y = next;
                    }
                    live = Device.LiveBuffers;
                    return y;
                },
                x);
            return live;
        }
    }

    [Fact]
    public void AProfileNamesOperationsTheirBackwardPassesAndSegmentsThatRunAgain()
    {
        using var scope = new TensorScope();
        Tensor x = Variable(0.5f);
        using var profiler = new Profiler();
        using (profiler.Watch(Device))
        using (var tape = new GradientTape())
            tape.Backward(ActivationCheckpoint.Run(inputs => Ops.Exp(inputs[0]), Ops.Scale(x, 2f))).Dispose();
        profiler.Stop();
        string[] ops = [.. profiler.Events.Where(e => e.Kind == SpanKind.Op).Select(e => e.Name)];
        Assert.Equal(2, ops.Count(name => name == "exp"));
        Assert.Single(ops, name => name == "backward of exp");
        Assert.Single(ops, name => name == "backward of affine");
        Assert.Single(profiler.Events, e => e is { Kind: SpanKind.Module, Name: "again" });
        Assert.DoesNotContain(ops, name => name.Contains("checkpoint", StringComparison.Ordinal));
    }

    private Tensor Variable(float value)
    {
        Tensor x = Tensor.FromArray([value], [1], Device);
        x.RequiresGrad = true;
        return x;
    }
}
