using SspNative.Engine;
using SspNative.Engine.Diagnostics;
using SspNative.Kernels;
using SspNative.Kernels.Cpu;
using SspNative.Tests.Support;
using Xunit;

namespace SspNative.Tests.Diagnostics;

/// <summary>What the engine copies between host and device.</summary>
public sealed class TransferLogTests : DeviceTest
{
    [Fact]
    public void CopiesAreNotedWithTheirModule()
    {
        using var profiler = new Profiler();
        IReadOnlyList<Transfer> transfers = Transfers(() =>
        {
            using ProfilerSpan outer = Profiler.Module("outer"), inner = Profiler.Module("inner");
            Tensor.FromArray([1f, 2f, 3f], [3], Device).ToArray();
        });
        Assert.Equal([new(HostCopy.FromHost, 12, "outer ▸ inner"), new(HostCopy.ToHost, 12, "outer ▸ inner")], transfers);
    }

    [Fact]
    public void IndicesOfTheHostAreNotReadBack()
    {
        using var scope = new TensorScope();
        using CpuDevice other = new(CpuIsa.Portable);
        Tensor weight = Tensor.Zeros([5, 2], Device), x = Tensor.Zeros([3, 5], Device);
        Tensor indices = Tensor.FromArray([4L, 0L, 2L], [1, 3], Device);
        IReadOnlyList<Transfer> transfers = Transfers(() =>
        {
            Tensor columns = Ops.Reshape(indices, 3);
            Ops.Embedding(indices, weight);
            Ops.Gather(x, columns);
            Assert.Equal([4L, 0L, 2L], columns.ToLongArray());
            using Tensor copy = columns.To(other);
            Assert.Equal([4L, 0L, 2L], copy.ToLongArray());
        });
        Assert.Empty(transfers);
        long[] values = indices.ToLongArray();
        values[0] = 9;
        Assert.Equal(4L, indices.ToLongArray()[0]);
        indices.Dispose();
        Assert.Throws<ObjectDisposedException>(indices.ToLongArray);
    }

    [Fact]
    public void IndicesOfTheDeviceAreReadFromIt()
    {
        using var scope = new TensorScope();
        Tensor x = Tensor.FromArray([1f, 3f, 3f, 2f, 0f, 1f], [2, 3], Device);
        (Tensor values, Tensor indices) = Ops.MaxWithIndices(x, 1);
        IReadOnlyList<Transfer> transfers = Transfers(() => Assert.Equal([1L, 0L], indices.ToLongArray()));
        Assert.Equal([new(HostCopy.ToHost, 16, "")], transfers);
        Assert.Equal([3f, 2f], values.ToArray());
    }

    [Fact]
    public void SeveralTensorsAreReadAtOnce()
    {
        using var scope = new TensorScope();
        Tensor[] tensors = [Tensor.FromArray([1f, 2f], [2, 1], Device), Tensor.Zeros([0, 3], Device), Tensor.Full([], 3f, Device)];
        float[][] read = [];
        IReadOnlyList<Transfer> transfers = Transfers(() => read = Tensor.ToArrays(tensors));
        Assert.Equal([new(HostCopy.ToHost, 12, "")], transfers);
        Assert.Equal([[1f, 2f], [], [3f]], read);
        Assert.Empty(Tensor.ToArrays([]));
    }

    [Fact]
    public void SeveralTensorsAreCheckedAtOnce()
    {
        using var scope = new TensorScope();
        Tensor good = Tensor.Zeros([5], Device), bad = Tensor.FromArray([1f, float.NaN], [2], Device);
        IReadOnlyList<Transfer> transfers = Transfers(() =>
        {
            FiniteCheck.Require((good, "first"), (good, "second"));
            string message = Assert.Throws<InvalidDataException>(() => FiniteCheck.Require((good, "first"), (bad, "second"), (bad, "third"))).Message;
            Assert.StartsWith("the second (2) has values that are not finite", message);
        });
        Assert.Equal([new(HostCopy.ToHost, 2, ""), new(HostCopy.ToHost, 3, "")], transfers);
        Assert.Equal(-1, Ops.FirstNonFinite());
    }

    private IReadOnlyList<Transfer> Transfers(Action action)
    {
        var log = new TransferLog();
        using (Device.Observe(log))
        using (new TensorScope())
            action();
        return log.Transfers;
    }
}
