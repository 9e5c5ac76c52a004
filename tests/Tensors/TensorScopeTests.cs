using SspNative.Engine;
using SspNative.Tests.Support;
using Xunit;

namespace SspNative.Tests.Tensors;

public sealed class TensorScopeTests : DeviceTest
{
    [Fact]
    public void WhatIsNotKeptIsFreed()
    {
        using (new TensorScope())
        {
            Tensor.Zeros([3], Device);
            Tensor.Zeros([4], Device);
            Assert.Equal(2, Device.LiveBuffers);
        }
        Assert.Equal(0, Device.LiveBuffers);
    }

    [Fact]
    public void KeptTensorsBelongToTheEnclosingScope()
    {
        using (new TensorScope())
        {
            Tensor kept;
            using (var inner = new TensorScope())
            {
                Tensor.Zeros([3], Device);
                kept = inner.Keep(Tensor.Full([2], 5f, Device));
            }
            Assert.Equal([5f, 5f], kept.ToArray());
            Assert.Equal(1, Device.LiveBuffers);
        }
        Assert.Equal(0, Device.LiveBuffers);
    }

    [Fact]
    public void KeptInTheOutermostScopeATensorLivesUntilItIsDisposed()
    {
        Tensor[] kept;
        using (var scope = new TensorScope())
            kept = scope.Keep<Tensor[]>([Tensor.Zeros([2], Device), Tensor.Zeros([3], Device)]);
        Assert.Equal(2, Device.LiveBuffers);
        foreach (Tensor t in kept)
            t.Dispose();
    }

    [Fact]
    public void AScopeKeepsOnlyItsOwn()
    {
        using (var outer = new TensorScope())
        {
            Tensor x = Tensor.Zeros([2], Device);
            using (var inner = new TensorScope())
                inner.Keep(x);
            Assert.Equal(1, Device.LiveBuffers);
        }
        Assert.Equal(0, Device.LiveBuffers);
    }

    [Fact]
    public void UnownedTensorsOutliveAllScopes()
    {
        Tensor x;
        using (new TensorScope())
        using (new TensorScope())
            x = TensorScope.Unowned(Tensor.Full([1], 3f, Device));
        Assert.Equal(3f, x.Item());
        x.Dispose();
    }

    [Fact]
    public void ScopesCloseInnermostFirst()
    {
        var outer = new TensorScope();
        var inner = new TensorScope();
        Assert.Contains("innermost first", Assert.Throws<InvalidOperationException>(outer.Dispose).Message);
        inner.Dispose();
        outer.Dispose();
    }

    [Fact]
    public void UseAfterFreeSaysWhatToDo()
    {
        Tensor x;
        using (new TensorScope())
            x = Tensor.Zeros([2, 3], Device);
        using var scope = new TensorScope();
        string message = Assert.Throws<ObjectDisposedException>(() => Ops.Relu(x)).Message;
        Assert.Contains("the tensor (2, 3) was freed: keep it in its TensorScope", message);
        Assert.Throws<ObjectDisposedException>(x.ToArray);
    }

    [Fact]
    public void DisposingEarlyAndTwiceIsAllowed()
    {
        using var scope = new TensorScope();
        Tensor x = Tensor.Zeros([2], Device);
        x.Dispose();
        x.Dispose();
        Assert.Equal(0, Device.LiveBuffers);
    }

    [Fact]
    public void ViewsShareMemoryAndKeepItAlive()
    {
        using var scope = new TensorScope();
        Tensor x = Tensor.FromArray([1f, 2f, 3f, 4f], [2, 2], Device), view = Ops.Reshape(x, 4);
        Assert.Equal(1, Device.LiveBuffers);
        x.Dispose();
        Assert.Equal([1f, 2f, 3f, 4f], view.ToArray());
    }

    [Fact]
    public void AViewIsAPartThatKeepsTheWholeAlive()
    {
        using var scope = new TensorScope();
        Tensor x = Tensor.FromArray([.. Enumerable.Range(0, 200).Select(i => (float)i)], [2, 100], Device);
        Tensor middle = x.View(64, 64), end = x.View(128, 72);
        Assert.Equal(Enumerable.Range(64, 64).Select(i => (float)i), middle.ToArray());
        Assert.Equal(Enumerable.Range(128, 72).Select(i => (float)i), end.ToArray());
        middle.CopyFrom(new float[64]);
        Assert.Equal([63f, 0f], x.ToArray()[63..65]);
        x.Dispose();
        end.Dispose();
        Assert.Equal(1, Device.LiveBuffers);
        Assert.Equal(new float[64], middle.ToArray());
        middle.Dispose();
        Assert.Equal(0, Device.LiveBuffers);
    }

    [Theory]
    [InlineData(1, 64)]
    [InlineData(-64, 64)]
    [InlineData(0, 63)]
    [InlineData(64, -64)]
    [InlineData(64, 192)]
    [InlineData(192, 9)]
    public void NoViewIsElsewhere(long start, int count)
    {
        using Tensor x = Tensor.Zeros([200], Device);
        Assert.Contains("no view", Assert.Throws<ArgumentException>(() => x.View(start, count)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void AnErrorInsideAScopeFreesItsTensors()
    {
        Assert.Throws<ArgumentException>(() =>
        {
            using var scope = new TensorScope();
            Ops.Add(Tensor.Zeros([2], Device), Tensor.Zeros([3], Device));
        });
        Assert.Equal(0, Device.LiveBuffers);
    }

    [Fact]
    public void WrongReadsAndWritesAreErrors()
    {
        using var scope = new TensorScope();
        Tensor x = Tensor.Zeros([2], Device);
        Assert.Throws<InvalidOperationException>(x.ToLongArray);
        Assert.Throws<InvalidOperationException>(() => x.Item());
        Assert.Throws<ArgumentException>(() => x.CopyFrom([1f, 2f, 3f]));
        Assert.Throws<ArgumentException>(() => x.CopyFrom([1f, 2f], 1));
        Assert.Throws<ArgumentException>(() => Tensor.FromArray([1f], [2], Device));
    }

    [Fact]
    public void WhatAsksForTooMuchMemoryIsNamed()
    {
        using var scope = new TensorScope();
        Tensor column = Tensor.Zeros([1 << 21, 1], Device), row = Tensor.Zeros([1, 1 << 21], Device);
        string message = Assert.Throws<OutOfMemoryException>(() => Ops.MatMul(column, row)).Message;
        Assert.StartsWith("MatMul needs F32(2097152, 2097152): ", message);
    }
}
