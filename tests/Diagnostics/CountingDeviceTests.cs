using SspNative.Engine;
using SspNative.Engine.Diagnostics;
using SspNative.Kernels;
using Xunit;

namespace SspNative.Tests.Diagnostics;

/// <summary>A device that computes nothing knows what everything costs.</summary>
public sealed class CountingDeviceTests
{
    [Fact]
    public void CostsAddUp()
    {
        using var device = new CountingDevice(Precision.Bf16);
        Assert.Equal(("counting", "counting", Precision.Bf16, 0), (device.Name, device.Identity, device.Precision, device.PanelLanes));
        Assert.Equal("counts operations and bytes, computes nothing", device.Description);
        Assert.Null(device.Mark());
        using var scope = new TensorScope();
        Tensor x = Tensor.Full([10], 1f, device);
        Assert.Equal(new Cost(0, 0, 40), device.Cost);
        Ops.Affine(x, 2f, 1f);
        Assert.Equal((20, 40L, 80L), (device.Cost.Flops, device.Cost.BytesRead, device.Cost.BytesWritten));
        byte[] read = [.. Enumerable.Repeat((byte)7, 40)];
        device.CopyToHost(x.Buffer, read);
        Assert.Equal(new byte[40], read);
    }

    [Fact]
    public void MemoryIsCountedOnceWithItsViews()
    {
        using var device = new CountingDevice();
        DeviceBuffer a = device.Allocate(1000), b = device.Allocate(50), part = a.View(256, 256);
        Assert.Equal((2, 1050L, 1050L, 256L), (device.LiveBuffers, device.LiveBytes, device.PeakBytes, part.ByteLength));
        part.Release();
        Assert.Equal((2, 1050L), (device.LiveBuffers, device.LiveBytes));
        a.Release();
        Assert.Equal((1, 50L, 1050L), (device.LiveBuffers, device.LiveBytes, device.PeakBytes));
        device.ResetPeak();
        Assert.Equal(50, device.PeakBytes);
        b.Release();
        Assert.Equal((0, 0L), (device.LiveBuffers, device.LiveBytes));
    }

    [Fact]
    public void WhoObservesIsToldOfAll()
    {
        using var device = new CountingDevice();
        var seen = new Seen();
        using (device.Observe(seen))
        using (Tensor x = Tensor.FromArray([1f, 2f], [2], device))
        {
            device.Launch(new FillCall(x.Buffer, 3f, 2));
            x.ToArray();
        }
        Tensor.Zeros([1], device).Dispose();
        Assert.Equal(
            [
                "+8", "before FromHost 8", "after FromHost 8", "before fill", "after fill", "before ToHost 8", "after ToHost 8", "-8",
            ], seen.Lines);
    }

    private sealed class Seen : DeviceObserver
    {
        public List<string> Lines { get; } = [];

        public override void BeforeLaunch<TCall>(in TCall call, IDevice device) => Lines.Add($"before {TCall.Name}");

        public override void AfterLaunch<TCall>(in TCall call, IDevice device) => Lines.Add($"after {TCall.Name}");

        public override void BeforeCopy(HostCopy direction, long bytes, IDevice device) => Lines.Add($"before {direction} {bytes}");

        public override void AfterCopy(HostCopy direction, long bytes, IDevice device) => Lines.Add($"after {direction} {bytes}");

        public override void MemoryChanged(long bytes, IDevice device) => Lines.Add($"{bytes:+0;-0}");
    }
}
