using SspNative.Engine;
using SspNative.Tests.Support;
using Xunit;

namespace SspNative.Tests.Autograd;

public sealed class GradientTapeTests : DeviceTest
{
    [Fact]
    public void UsesOfATensorAddUp()
    {
        using var scope = new TensorScope();
        Tensor x = Variable(2f, 3f), twice;
        using var tape = new GradientTape();
        twice = Ops.Add(Ops.Mul(x, x), Ops.Scale(x, 5f));
        using Gradients gradients = tape.Backward(Ops.Sum(twice));
        Assert.Equal([9f, 11f], gradients[x].ToArray());
    }

    [Fact]
    public void ASharedSubgraphIsDifferentiatedOnce()
    {
        using var scope = new TensorScope();
        Tensor x = Variable(2f);
        using var tape = new GradientTape();
        int calls = 0;
        Tensor shared = GradientTape.Record("counted", Ops.Detach(x), [x], g =>
        {
            calls++;
            g.Add(0, g.Dy);
        });
        using Gradients gradients = tape.Backward(Ops.Sum(Ops.Add(Ops.Scale(shared, 3f), Ops.Mul(shared, shared))));
        Assert.Equal(1, calls);
        Assert.Equal([7f], gradients[x].ToArray());
    }

    [Fact]
    public void AParameterOfTwoLayersGetsBothGradients()
    {
        using var scope = new TensorScope();
        Tensor x = Tensor.FromArray([1f, 2f], [1, 2], Device), weight = Variable([2, 2], 1f, 0f, 0f, 3f);
        using var tape = new GradientTape();
        using Gradients gradients = tape.Backward(Ops.Sum(Ops.Linear(Ops.Linear(x, weight), weight)));
        // y = W·W·x: dL/dW = 1·(W·x)ᵀ + (Wᵀ·1)·xᵀ.
        Assert.Equal([1f + 1f, 6f + 2f, 1f + 3f, 6f + 6f], gradients[weight].ToArray());
    }

    [Fact]
    public void ALossOfWhichNothingWasRecordedIsRefused()
    {
        using var scope = new TensorScope();
        Tensor constant = Tensor.Full([2], 1f, Device), x = Variable(2f), before = Ops.Sum(Ops.Mul(x, x));
        using var tape = new GradientTape();
        Assert.Contains("nothing of the loss was recorded", Assert.Throws<ArgumentException>(() => tape.Backward(Ops.Sum(constant))).Message);
        Assert.Contains("nothing of the loss was recorded", Assert.Throws<ArgumentException>(() => tape.Backward(before)).Message);
    }

    [Fact]
    public void WithoutATapeNothingIsRecorded()
    {
        using var scope = new TensorScope();
        Tensor x = Variable(2f);
        Assert.False(GradientTape.IsRecording(x));
        Assert.False(Ops.Mul(x, x).RequiresGrad);
        using var tape = new GradientTape();
        Assert.True(GradientTape.IsRecording(null, x));
        Assert.True(Ops.Mul(x, x).RequiresGrad);
    }

    [Fact]
    public void WithoutARequiredGradientNothingIsSaved()
    {
        using var scope = new TensorScope();
        Tensor x = Tensor.Full([3], 1f, Device);
        using var tape = new GradientTape();
        int live = Device.LiveBuffers;
        using (new TensorScope())
            Assert.False(Ops.Relu(Ops.Mul(x, x)).RequiresGrad);
        Assert.Equal(live, Device.LiveBuffers);
    }

    [Theory]
    [InlineData(false, 1)]
    [InlineData(true, 2)]
    public void AnInputIsSavedOnlyForAWeightThatIsTrained(bool trained, int alive)
    {
        using var scope = new TensorScope();
        Tensor x = Variable([2, 2], 1f, 2f, 3f, 4f), weight = Variable([2, 2], 1f, 0f, 0f, 1f);
        weight.RequiresGrad = trained;
        using var tape = new GradientTape();
        int live = Device.LiveBuffers;
        Tensor y;
        using (var inner = new TensorScope())
            y = inner.Keep(Ops.Linear(Ops.Scale(x, 2f), weight));
        Assert.Equal(live + alive, Device.LiveBuffers);
        // What was not saved cannot be wanted afterwards.
        weight.RequiresGrad = true;
        using Gradients gradients = tape.Backward(Ops.Sum(y));
        Assert.Equal([2f, 2f, 2f, 2f], gradients[x].ToArray());
        Assert.Equal(trained, gradients.Find(weight) is not null);
    }

    [Fact]
    public void AnActivationThatIsFreedEarlyLivesAsLongAsTheTapeNeedsIt()
    {
        int live = Device.LiveBuffers;
        using (var scope = new TensorScope())
        {
            Tensor x = Variable(2f);
            using var tape = new GradientTape();
            Tensor h = Ops.Scale(x, 1f);
            h = h.ReplacedBy(Ops.Exp(h));
            h = h.ReplacedBy(Ops.Exp(h));
            using Gradients gradients = tape.Backward(h);
            Assert.Equal(Math.Exp(2 + Math.Exp(2)), gradients[x].Item(), 0.01);
            Assert.Same(h, h.ReplacedBy(h));
            Assert.Equal(Math.Exp(Math.Exp(2)), h.Item(), 0.01);
        }
        Assert.Equal(live, Device.LiveBuffers);
    }

    [Fact]
    public void SavedTensorsOutliveTheirScopeUntilTheTapeIsDone()
    {
        using var scope = new TensorScope();
        Tensor x = Variable(2f), y;
        int live = Device.LiveBuffers;
        using (var tape = new GradientTape())
        {
            using (var inner = new TensorScope())
                y = inner.Keep(Ops.Exp(Ops.Exp(x)));
            Assert.Equal(live + 2, Device.LiveBuffers);
            using Gradients gradients = tape.Backward(y);
            Assert.Equal(Math.Exp(2 + Math.Exp(2)), gradients[x].Item(), 0.01);
        }
        y.Dispose();
        Assert.Equal(live, Device.LiveBuffers);
    }

    [Fact]
    public void ATapeThatIsNeverUsedFreesWhatItSaved()
    {
        using var scope = new TensorScope();
        Tensor x = Variable(2f);
        int live = Device.LiveBuffers;
        using (new GradientTape())
        using (new TensorScope())
            Ops.Exp(Ops.Exp(x));
        Assert.Equal(live, Device.LiveBuffers);
    }

    [Fact]
    public void DetachStopsGradients()
    {
        using var scope = new TensorScope();
        Tensor x = Variable(3f);
        using var tape = new GradientTape();
        using Gradients gradients = tape.Backward(Ops.Sum(Ops.Mul(x, Ops.Detach(x))));
        Assert.Equal([3f], gradients[x].ToArray());
    }

    [Fact]
    public void CotangentsOfSeveralOutputsAddUp()
    {
        using var scope = new TensorScope();
        Tensor x = Variable(1f, 2f);
        using var tape = new GradientTape();
        Tensor a = Ops.Scale(x, 2f), b = Ops.Scale(x, 3f);
        using Gradients gradients = tape.Backward(
            [(a, Tensor.FromArray([1f, 10f], [2], Device)), (b, Tensor.FromArray([1f, 1f], [2], Device)), (a, Tensor.Full([2], 1f, Device))]);
        Assert.Equal([7f, 25f], gradients[x].ToArray());
    }

    [Fact]
    public void CotangentsAreLeftAsTheyWere()
    {
        using var scope = new TensorScope();
        Tensor x = Variable(1f, 2f), cotangent = Tensor.Full([2], 1f, Device);
        using var tape = new GradientTape();
        Tensor y = Ops.Add(x, x);
        using Gradients gradients = tape.Backward([(y, cotangent)]);
        Assert.Equal([2f, 2f], gradients[x].ToArray());
        Assert.Equal([1f, 1f], cotangent.ToArray());
    }

    [Fact]
    public void ACotangentOfAnotherShapeIsAnError()
    {
        using var scope = new TensorScope();
        Tensor x = Variable(1f, 2f);
        using var tape = new GradientTape();
        Tensor y = Ops.Scale(x, 2f);
        string message = Assert.Throws<ArgumentException>(() => tape.Backward([(y, Tensor.Full([3], 1f, Device))])).Message;
        Assert.Equal("Backward: the output is (2) but its cotangent (3)", message);
        Assert.Contains("not (2)", Assert.Throws<ArgumentException>(() => tape.Backward(y)).Message);
    }

    [Fact]
    public void TapesEndInnermostFirst()
    {
        using var scope = new TensorScope();
        Tensor x = Variable(2f);
        using var outer = new GradientTape();
        using (var inner = new GradientTape())
        {
            Assert.Contains("innermost first", Assert.Throws<InvalidOperationException>(outer.Dispose).Message);
            Assert.True(GradientTape.IsRecording(x));
            inner.Dispose();
        }
        using Gradients gradients = outer.Backward(Ops.Mul(x, x));
        Assert.Equal([4f], gradients[x].ToArray());
    }

    // What it had saved is freed by then.
    [Fact]
    public void ARecordingThatFailedIsUsedUp()
    {
        using var scope = new TensorScope();
        Tensor x = Variable(2f);
        using var tape = new GradientTape();
        Tensor y = Ops.Mul(x, x);
        Assert.Throws<InputException>(() => tape.Backward(y, (_, _) => throw new InputException("stop")));
        Assert.Contains("used up", Assert.Throws<InvalidOperationException>(() => tape.Backward(y)).Message);
        using Gradients again = tape.Backward(Ops.Mul(x, x));
        Assert.Equal([4f], again[x].ToArray());
    }

    [Fact]
    public void ARecordingRunsBackwardsOnce()
    {
        using var scope = new TensorScope();
        Tensor x = Variable(2f);
        using var tape = new GradientTape();
        Tensor y = Ops.Mul(x, x);
        tape.Backward(y).Dispose();
        Assert.Contains("used up", Assert.Throws<InvalidOperationException>(() => tape.Backward(y)).Message);
        using Gradients again = tape.Backward(Ops.Mul(x, x));
        Assert.Equal([4f], again[x].ToArray());
    }

    [Fact]
    public void AnErrorInABackwardFunctionFreesAllGradients()
    {
        using var scope = new TensorScope();
        Tensor x = Variable(2f);
        using var tape = new GradientTape();
        Tensor y = GradientTape.Record("broken", Ops.Detach(x), [x], g => g.Add(0, Tensor.Zeros([5], g.Dy.Device)));
        Assert.Equal(
            "broken: the gradient of input 0 is (5), the input (1)",
            Assert.Throws<InvalidOperationException>(() => tape.Backward(Ops.Scale(y, 2f))).Message);
    }

    [Fact]
    public void TheInnermostTapeRecords()
    {
        using var scope = new TensorScope();
        Tensor x = Variable(2f);
        using var outer = new GradientTape();
        using (var inner = new GradientTape())
        {
            using Gradients gradients = inner.Backward(Ops.Mul(x, x));
            Assert.Equal([4f], gradients[x].ToArray());
        }
        using Gradients more = outer.Backward(Ops.Scale(x, 7f));
        Assert.Equal([7f], more[x].ToArray());
    }

    [Fact]
    public void AMissingGradientIsExplained()
    {
        using var scope = new TensorScope();
        Tensor x = Variable(2f), other = Tensor.Full([1], 1f, Device);
        using var tape = new GradientTape();
        using Gradients gradients = tape.Backward(Ops.Mul(x, other));
        Assert.Null(gradients.Find(other));
        Assert.Contains("set RequiresGrad", Assert.Throws<KeyNotFoundException>(() => gradients[other]).Message);
    }

    private Tensor Variable(params float[] values) => Variable([values.Length], values);

    private Tensor Variable(int[] shape, params float[] values)
    {
        Tensor x = Tensor.FromArray(values, new(shape), Device);
        x.RequiresGrad = true;
        return x;
    }
}
