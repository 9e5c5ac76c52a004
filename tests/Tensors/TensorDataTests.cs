using System.Runtime.InteropServices;
using SspNative.Engine;
using SspNative.Engine.Diagnostics;
using SspNative.Kernels;
using SspNative.Tests.Support;
using Xunit;

namespace SspNative.Tests.Tensors;

/// <summary>What is written into a tensor is what is read from it, and what is not there is an error that names the tensor.</summary>
public sealed class TensorDataTests : DeviceTest
{
    [Fact]
    public void EveryTypeIsReadAsItWasWritten()
    {
        using var scope = new TensorScope();
        long[] ids = [3, -1, long.MaxValue];
        double[] doubles = [1.0 / 3, -2];
        Assert.Equal([1.5f, -2f], Tensor.FromArray([1.5f, -2f], [2, 1], Device).ToArray());
        Assert.Equal(ids, Tensor.FromArray(ids, [3], Device).ToLongArray());
        Assert.Equal(new byte[] { 0, 255 }, Tensor.FromArray(new byte[] { 0, 255 }, [2], Device).ToByteArray());
        Assert.Equal(doubles, Tensor.FromBytes(MemoryMarshal.AsBytes<double>(doubles), [2], Device, DType.F64).ToDoubleArray());
        Assert.Equal(7f, Tensor.FromArray([7f], [1, 1], Device).Item());
        Assert.Equal([2.5f, 2.5f], Tensor.Full([2], 2.5f, Device).ToArray());
    }

    [Fact]
    public void AShapeIsItsOwn()
    {
        int[] dims = [1, 4];
        var shape = new Shape(dims);
        dims[0] = 1000;
        Assert.Equal([1, 4], shape);
        Assert.Equal(1, shape[0]);
    }

    // Products of these numbers have no room in 64 bits.
    [Fact]
    public void PlacesFarOutsideAreRefused()
    {
        using var scope = new TensorScope();
        Tensor t = Tensor.Zeros([128], Device);
        Assert.Throws<ArgumentException>(() => t.View(1L << 62, 64));
        Assert.Throws<ArgumentException>(() => t.View(64, 128));
        Assert.Throws<ArgumentException>(() => t.CopyFrom([1f], long.MaxValue));
        Assert.Equal(64, t.View(64, 64).Count);
    }

    // 2⁶² elements of four bytes are none in 64 bits.
    [Fact]
    public void WhatNoMemoryHoldsIsRefused()
    {
        Assert.StartsWith(
            "Full needs F32(1073741824, 1073741824, 4): ",
            Assert.Throws<OutOfMemoryException>(() => Tensor.Zeros([1 << 30, 1 << 30, 4], Device)).Message);
        Assert.Equal(
            "Shape: (1073741824, 1073741824, 8) has more than 2⁶³ elements",
            Assert.Throws<ArgumentException>(() => new Shape(1 << 30, 1 << 30, 8)).Message);
    }

    [Fact]
    public void NumbersAreOverwrittenWhereTheyAreMeant()
    {
        using var scope = new TensorScope();
        Tensor x = Tensor.FromArray([1f, 2f, 3f, 4f], [2, 2], Device);
        x.CopyFrom([5f, 6f], 1);
        Assert.Equal([1f, 5f, 6f, 4f], x.ToArray());
        x.CopyFrom([7f], 3);
        x.CopyFrom([8f], 0);
        Assert.Equal([8f, 5f, 6f, 7f], x.ToArray());
        x.CopyFrom([], 4);
        x.CopyFrom([9f, 10f, 11f, 12f]);
        Assert.Equal([9f, 10f, 11f, 12f], x.ToArray());
    }

    [Fact]
    public void WhatDoesNotFitNamesTheTensor()
    {
        using var scope = new TensorScope();
        Tensor x = Tensor.Zeros([2, 2], Device), ids = Tensor.FromArray([1L, 2L], [2], Device);
        Says<ArgumentException>(() => x.CopyFrom([1f, 2f, 3f]), "3 floats do not fill F32(2, 2)");
        Says<ArgumentException>(() => ids.CopyFrom([1f, 2f]), "2 floats do not fill I64(2)");
        Says<ArgumentException>(() => x.CopyFrom([1f], -1), "1 floats from element -1 on do not lie inside F32(2, 2)");
        Says<ArgumentException>(() => x.CopyFrom([1f, 2f], 3), "2 floats from element 3 on");
        Says<ArgumentException>(() => ids.CopyFrom([1f], 0), "do not lie inside I64(2)");
        Says<ArgumentException>(() => Tensor.FromArray([1f], [2], Device), "4 bytes do not fill F32(2), which needs 8");
        Says<InvalidOperationException>(() => x.Item(), "F32(2, 2) on", "has 4 elements, not one");
        Says<InvalidOperationException>(() => x.ToLongArray(), "F32(2, 2) on", "was read as I64");
        Says<InvalidOperationException>(() => ids.ToArray(), "I64(2) on", "was read as F32");
    }

    /// <summary>Indices that came from the host are remembered, by reshaped views too; those that were computed are read.</summary>
    [Fact]
    public void IndicesAreThoseOfTheDevice()
    {
        using var scope = new TensorScope();
        Tensor ids = Tensor.FromArray([4L, 5L, 6L, 7L], [4], Device), view = Ops.Reshape(ids, 2, 2);
        Tensor computed = Ops.MaxWithIndices(Tensor.FromArray([0f, 1f, 3f, 2f], [2, 2], Device), 1).Indices;
        var log = new TransferLog();
        using (Device.Observe(log))
        {
            Assert.Equal([4L, 5L, 6L, 7L], view.ToLongArray());
            Assert.Equal([4L, 5L, 6L, 7L], view.Indices.ToArray());
            Assert.Empty(log.Transfers);
            Assert.Equal([1L, 0L], computed.ToLongArray());
            Assert.Equal([1L, 0L], computed.Indices.ToArray());
            Assert.Equal(2, log.Transfers.Count);
        }
        // Whoever reads them may change them.
        view.ToLongArray()[0] = 9;
        Assert.Equal(4L, view.ToLongArray()[0]);
    }

    [Fact]
    public void SeveralTensorsAreReadTogether()
    {
        using var scope = new TensorScope();
        Tensor a = Tensor.FromArray([1f, 2f, 3f, 4f], [2, 2], Device), b = Tensor.FromArray([5f], [1], Device), c = Tensor.FromArray([6f, 7f], [2, 1], Device);
        Assert.Equal([[1f, 2f, 3f, 4f], [5f], [6f, 7f]], Tensor.ToArrays([a, b, c]));
    }

    [Fact]
    public void APackedWeightIsReadInOrderAndNotCopied()
    {
        using var scope = new TensorScope();
        int lanes = Math.Max(1, Device.PanelLanes);
        float[] numbers = [.. Enumerable.Range(0, 2 * lanes * 3).Select(i => (float)i)];
        Tensor packed = Ops.Pack(Tensor.FromArray(numbers, [2 * lanes, 3], Device));
        Assert.Equal(numbers, packed.ToArray());
        Says<NotSupportedException>(() => Tensor.Empty([16, 3], Device, DType.F32Panels), "a packed weight cannot be moved or copied");
    }

    /// <summary>Who retains a tensor, as a tape does, has it until it lets go, however often it is disposed meanwhile.</summary>
    [Fact]
    public void WhatIsRetainedOutlivesItsDisposal()
    {
        Tensor x = TensorScope.Unowned(Tensor.FromArray([1f], [1], Device));
        int live = Device.LiveBuffers;
        x.Retain();
        x.Dispose();
        x.Dispose();
        Assert.Equal(live, Device.LiveBuffers);
        x.Release();
        Assert.Equal(live - 1, Device.LiveBuffers);
    }

    [Fact]
    public void AnActivationIsFreedWhenItIsReplaced()
    {
        using var scope = new TensorScope();
        Tensor x = Tensor.Zeros([2], Device), y = Tensor.Zeros([2], Device);
        int live = Device.LiveBuffers;
        Assert.Same(x, x.ReplacedBy(x));
        Assert.Equal(live, Device.LiveBuffers);
        Assert.Same(y, x.ReplacedBy(y));
        Assert.Equal(live - 1, Device.LiveBuffers);
    }

    [Fact]
    public void AStepLeavesItsResultAlone()
    {
        using var scope = new TensorScope();
        int live = Device.LiveBuffers;
        Tensor y = TensorScope.Run(() => Ops.Scale(Tensor.Full([2], 3f, Device), 2f));
        Assert.Equal([6f, 6f], y.ToArray());
        Assert.Equal(live + 1, Device.LiveBuffers);
    }

    [Fact]
    public void SeveralTensorsAreKeptAtOnce()
    {
        using var scope = new TensorScope();
        Tensor[] kept;
        using (var inner = new TensorScope())
            kept = inner.Keep(new[] { Tensor.Full([1], 1f, Device), Tensor.Full([1], 2f, Device) });
        Assert.Equal([1f, 2f], kept.Select(t => t.Item()));
    }

    [Fact]
    public void TheTensorsOfAResultAreKept()
    {
        using var scope = new TensorScope();
        Tensor kept;
        using (var inner = new TensorScope())
        {
            kept = Tensor.Full([1], 1f, Device);
            inner.Keep((ITensors)kept);
        }
        Assert.Equal(1f, kept.Item());
    }

    private static void Says<T>(Action action, params string[] parts) where T : Exception
    {
        string message = Assert.Throws<T>(action).Message;
        Assert.All(parts, part => Assert.Contains(part, message, StringComparison.Ordinal));
    }
}
