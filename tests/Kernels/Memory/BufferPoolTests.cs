using FsCheck;
using FsCheck.Xunit;
using SspNative.Kernels;
using SspNative.Kernels.Cpu;
using Xunit;

namespace SspNative.Tests.Kernels.Memory;

public class BufferPoolTests
{
    private const int Kilobyte = 1 << 10, Megabyte = 1 << 20;

    [Property]
    public void BlocksNeverShareMemory((byte Kilobytes, byte Victim)[] steps)
    {
        using var device = new CpuDevice(CpuIsa.Portable);
        var live = new List<(DeviceBuffer Buffer, byte[] Content)>();
        byte mark = 0;
        foreach ((byte kilobytes, byte victim) in steps)
        {
            // On both sides of what makes a block large.
            byte[] content = new byte[kilobytes * Kilobyte + victim];
            Array.Fill(content, mark++);
            DeviceBuffer buffer = device.Allocate(content.Length);
            device.CopyFromHost(content, buffer);
            live.Add((buffer, content));
            if (victim % 2 == 0)
                Free(victim % live.Count);
        }
        while (live.Count > 0)
            Free(live.Count - 1);
        Assert.Equal(0, device.LiveBuffers);
        Assert.Equal(0, device.LiveBytes);

        void Free(int i)
        {
            byte[] held = new byte[live[i].Content.Length];
            device.CopyToHost(live[i].Buffer, held);
            Assert.Equal(live[i].Content, held);
            live[i].Buffer.Release();
            live.RemoveAt(i);
        }
    }

    [Fact]
    public void AFreedBufferIsNotRead()
    {
        using var device = new CpuDevice(CpuIsa.Portable);
        DeviceBuffer buffer = device.Allocate(64);
        buffer.Release();
        Assert.Contains("freed already", Assert.Throws<ObjectDisposedException>(() => device.CopyToHost(buffer, new byte[64])).Message);
    }

    [Fact]
    public void ASmallBlockThatIsTakenAgainIsHeldOnce()
    {
        using var device = new CpuDevice(CpuIsa.Portable);
        for (int i = 0; i < 100; i++)
            device.Allocate(Kilobyte).Release();
        Assert.InRange(device.HeldBytes, Kilobyte, 2 * Kilobyte);
    }

    [Fact]
    public void BlocksOfManySizesTakeTurnsInTheSameMemory()
    {
        using var device = new CpuDevice(CpuIsa.Portable);
        for (int size = 1; size <= 24; size++)
        {
            DeviceBuffer[] pair = [device.Allocate(size * Megabyte), device.Allocate(size * Megabyte / 3)];
            foreach (DeviceBuffer buffer in pair)
                buffer.Release();
        }
        Assert.InRange(device.HeldBytes, 0, device.PeakBytes + device.PeakBytes / 16 + 8 * Megabyte);
    }

    // What is given back must be fetched again: a page fault for each huge page, and its zeros.
    [SkippableFact]
    public void NoMoreIsGivenBackThanExceedsTheMost()
    {
        Skip.IfNot(OperatingSystem.IsLinux(), "blocks share one heap on Linux alone");
        using var device = new CpuDevice(CpuIsa.Portable);
        DeviceBuffer first = device.Allocate(60 * Megabyte), second = device.Allocate(40 * Megabyte);
        first.Release();
        DeviceBuffer third = device.Allocate(62 * Megabyte);
        Assert.InRange(device.HeldBytes, 112L * Megabyte, (102 + 102 / 16 + 9) * Megabyte);
        second.Release();
        third.Release();
    }

    [Fact]
    public void WhatIsKeptForReuseCanBeGivenBack()
    {
        using var device = new CpuDevice(CpuIsa.Portable);
        DeviceBuffer kept = device.Allocate(5 * Megabyte), large = device.Allocate(20 * Megabyte), small = device.Allocate(100);
        large.Release();
        small.Release();
        Assert.True(device.HeldBytes > device.LiveBytes + 16 * Megabyte);
        device.Dispose();
        // Parts of huge pages that live blocks lie in stay.
        Assert.InRange(device.HeldBytes, device.LiveBytes, device.LiveBytes + 4 * Megabyte);
        kept.Release();
        device.Dispose();
        Assert.Equal(0, device.HeldBytes);
        device.Allocate(3 * Megabyte).Release();
    }

    [Fact]
    public void WhatComesAfterAnEmptiedCacheKeepsItsOwnMost()
    {
        using var device = new CpuDevice(CpuIsa.Portable);
        device.Allocate(100 * Megabyte).Release();
        Assert.True(device.HeldBytes >= 100 * Megabyte);
        device.EmptyCache();
        Assert.Equal(0, device.HeldBytes);
        for (int size = 1; size <= 20; size++)
        {
            DeviceBuffer[] pair = [device.Allocate(size * Megabyte), device.Allocate(Megabyte)];
            foreach (DeviceBuffer buffer in pair)
                buffer.Release();
        }
        Assert.InRange(device.HeldBytes, 0, 31 * Megabyte);
    }
}
