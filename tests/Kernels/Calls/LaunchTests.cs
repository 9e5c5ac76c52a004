using System.Numerics;
using SspNative.Engine.Diagnostics;
using SspNative.Kernels;
using SspNative.Kernels.Cpu;
using SspNative.Kernels.Operators;
using SspNative.Tests.Support;
using Xunit;

namespace SspNative.Tests.Kernels.Calls;

/// <summary>The one way into a device.</summary>
public sealed class LaunchTests : DeviceTest
{
    private const int Rounds = 1000;

    [Fact]
    public void ALaunchAllocatesNothingOfItsOwn()
    {
        var kernels = new CpuKernels<PortableSimd, Vector<float>>(CpuConvolution.Winograd);
        CpuDevice device = On(CpuIsa.Portable);
        DeviceBuffer x = device.Allocate(64), y = device.Allocate(64);
        var affine = new AffineCall(x, 2f, 1f, y, 16);
        var relu = new UnaryCall<Relu>(x, y, 16);
        Assert.Equal(Allocated(() => kernels.Affine(in affine)), Allocated(() => device.Launch(in affine)));
        Assert.Equal(Allocated(() => kernels.Unary(in relu)), Allocated(() => device.Launch(in relu)));
        x.Release();
        y.Release();
    }

    [Fact]
    public void CountingAllocatesNothing()
    {
        using var device = new CountingDevice();
        DeviceBuffer x = device.Allocate(64), y = device.Allocate(64);
        var affine = new AffineCall(x, 2f, 1f, y, 16);
        var gemm = new GemmCall(2, 2, 4, new(x, 0, 4), new(x, 0, 4, Transposed: true), new(y, 0, 2));
        var window = new WindowAttentionCall(new(1, 8, 8, 1, 4, 4, 0), x, x, y, null);
        Assert.Equal(0, Allocated(() =>
        {
            device.Launch(in affine);
            device.Launch(in gemm);
            device.Launch(in window);
        }));
        Cost one = affine.Cost + gemm.Cost + window.Cost;
        Assert.Equal(new Cost(2 * Rounds * one.Flops, 2 * Rounds * one.BytesRead, 2 * Rounds * one.BytesWritten), device.Cost);
    }

    [Fact]
    public void ObserversAreToldInOrderOfTheBeginAndInReverseOfTheEndUntilTheyLeave()
    {
        var told = new List<string>();
        DeviceBuffer x = Device.Allocate(64);
        using (Device.Observe(new Teller("a", told)))
        {
            using (Device.Observe(new Teller("b", told)))
                Device.Launch(new FillCall(x, 3f, 16));
            Device.CopyToHost(x, new byte[64]);
            x.Release();
        }
        Device.Allocate(64).Release();
        Assert.Equal(["a before fill", "b before fill", "b after fill", "a after fill", "a ToHost 64", "a memory -64"], told);
    }

    private static long Allocated(Action action)
    {
        for (int i = 0; i < Rounds; i++)
            action();
        long before = GC.GetAllocatedBytesForCurrentThread();
        for (int i = 0; i < Rounds; i++)
            action();
        return GC.GetAllocatedBytesForCurrentThread() - before;
    }

    private sealed class Teller(string name, List<string> told) : DeviceObserver
    {
        public override void BeforeLaunch<TCall>(in TCall call, IDevice device) => told.Add($"{name} before {TCall.Name}");

        public override void AfterLaunch<TCall>(in TCall call, IDevice device) => told.Add($"{name} after {TCall.Name}");

        public override void AfterCopy(HostCopy direction, long bytes, IDevice device) => told.Add($"{name} {direction} {bytes}");

        public override void MemoryChanged(long bytes, IDevice device) => told.Add($"{name} memory {bytes}");
    }
}
