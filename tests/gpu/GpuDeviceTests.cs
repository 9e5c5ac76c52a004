using FsCheck;
using FsCheck.Fluent;
using FsCheck.Xunit;
using SspNative.Engine;
using SspNative.Kernels;
using SspNative.Kernels.Gpu;
using Xunit;

namespace SspNative.Gpu.Tests;

/// <summary>Memory and copies of a device.</summary>
public sealed class GpuDeviceTests : GpuTest
{
    [SkippableFact]
    public void WhatIsCopiedThereComesBack()
    {
        byte[] bytes = [.. Enumerable.Range(0, 1000).Select(i => (byte)(i * 7))], back = new byte[1000], part = new byte[10];
        DeviceBuffer buffer = Gpu.Allocate(bytes.Length);
        Gpu.CopyFromHost(bytes, buffer);
        Gpu.CopyToHost(buffer, back);
        Gpu.CopyToHost(buffer, part, 333);
        buffer.Release();
        Assert.Equal(bytes, back);
        Assert.Equal(bytes[333..343], part);
    }

    /// <summary>More than may wait at once, in copies of every size, without waiting; the source changes as soon as a copy was queued.</summary>
    [SkippableFact]
    public void CopiesThatWaitForTheDeviceKeepTheirBytes()
    {
        int[] sizes = [1, 3, 255, 4096, 100_001, 5 << 20, (9 << 20) + 7, 33 << 20, .. Enumerable.Repeat(17, 3000)];
        byte[] source = new byte[sizes.Max()], back = new byte[sizes.Max()];
        var buffers = new List<DeviceBuffer>();
        for (int i = 0; i < sizes.Length; i++)
        {
            source.AsSpan(0, sizes[i]).Fill((byte)(i + 1));
            source[sizes[i] - 1] = (byte)(i + 2);
            buffers.Add(Gpu.Allocate(sizes[i]));
            Gpu.CopyFromHost(source.AsSpan(0, sizes[i]), buffers[i]);
        }
        for (int i = 0; i < sizes.Length; i++)
        {
            Span<byte> bytes = back.AsSpan(0, sizes[i]);
            Gpu.CopyToHost(buffers[i], bytes);
            Assert.Equal((byte)(i + 2), bytes[^1]);
            Assert.Equal(-1, bytes[..^1].IndexOfAnyExcept((byte)(i + 1)));
            buffers[i].Release();
        }
        Assert.InRange(Gpu.StagingBytes, 1, HostUploads.MostBytes);
    }

    /// <summary>A copy writes its own bytes and no others.</summary>
    [SkippableFact]
    public void ACopyStaysWithinItsBuffer()
    {
        using GpuDevice device = GpuDevices.Open(Gpu.Name, guarded: true);
        foreach (int size in new[] { 1, 64, 100, 5 << 20 })
        {
            DeviceBuffer buffer = device.Allocate(size);
            device.CopyFromHost(new byte[size], buffer);
            byte[] part = new byte[size];
            device.CopyFromHost([7], buffer, size - 1);
            device.CopyToHost(buffer, part);
            Assert.Equal([.. new byte[size - 1], 7], part);
            buffer.Release();
        }
        Assert.Empty(device.Damage);
    }

    [SkippableFact]
    public void BuffersAreCounted()
    {
        (int live, long bytes) = (Gpu.LiveBuffers, Gpu.LiveBytes);
        DeviceBuffer buffer = Gpu.Allocate(1000);
        Assert.Equal(live + 1, Gpu.LiveBuffers);
        Assert.InRange(Gpu.LiveBytes - bytes, 1000, 1024);
        buffer.Release();
        Assert.Equal((live, bytes), (Gpu.LiveBuffers, Gpu.LiveBytes));
        Assert.Throws<ObjectDisposedException>(() => Gpu.CopyToHost(buffer, new byte[1]));
    }

    [SkippableFact]
    public void WhatTheDeviceCannotHoldIsRefusedInOneLine()
    {
        var e = Assert.Throws<OutOfMemoryException>(() => Gpu.Allocate(1L << 50));
        Assert.Contains("1,125,899,906,842,624 bytes", e.Message);
        Assert.DoesNotContain('\n', e.Message);
        Gpu.Allocate(100).Release();
    }

    [SkippableFact]
    public void WhatAsksForTooMuchMemoryIsNamed()
    {
        using var scope = new TensorScope();
        Tensor column = Tensor.Zeros([1 << 21, 1], Gpu), row = Tensor.Zeros([1, 1 << 21], Gpu);
        Assert.StartsWith("MatMul needs F32(2097152, 2097152): ", Assert.Throws<OutOfMemoryException>(() => Ops.MatMul(column, row)).Message);
    }

    [SkippableFact]
    public void AnEmptyTensorIsNoTrouble()
    {
        using var scope = new TensorScope();
        Tensor x = Tensor.Zeros([0, 5], Gpu);
        Assert.Empty(Ops.Gelu(x).ToArray());
        Assert.Equal([0f, 0f, 0f, 0f, 0f], Ops.Sum(x, [0]).ToArray());
    }

    [Theory]
    [InlineData("gpu", "there is no device 'gpu'")]
    [InlineData("opencl:x", "a number follows the colon")]
    [InlineData("opencl:-1", "a number follows the colon")]
    [InlineData("cuda:0:0", "a number follows the colon")]
    [InlineData("opencl:99", "opencl")]
    public void ADeviceThatIsNotThereIsRefused(string name, string words)
    {
        var e = Assert.Throws<ArgumentException>(() => GpuDevices.Open(name));
        Assert.Contains(words, e.Message);
    }
}

/// <summary>The free parts of a slab.</summary>
/// <summary>What a driver reports comes with what to do.</summary>
public sealed class DriverFaultTests
{
    [Theory]
    [InlineData(true, 2, "too little memory")]
    [InlineData(false, -4, "too little memory")]
    [InlineData(true, 222, "install a newer one")]
    [InlineData(true, 46, "another program may hold the device")]
    [InlineData(true, 701, "can be trusted")]
    [InlineData(true, 700, "can be trusted")]
    [InlineData(false, -3, "no compiler")]
    public void ACodeHasItsAdvice(bool isCuda, int code, string advice) => Assert.Contains(advice, DriverFault.Advice(isCuda, code));
}

public sealed class FreeRangesTests
{
    /// <summary>Whatever is taken and returned in whatever order: blocks never overlap, and in the end all is one range again.</summary>
    [Property]
    public Property BlocksDoNotOverlapAndAllComesBack() => Prop.ForAll(
        Gen.Choose(1, 40).ArrayOf().ToArbitrary(), Gen.Choose(0, 1000).ToArbitrary(), (sizes, seed) =>
        {
            var ranges = new FreeRanges(1000);
            var random = new Random(seed);
            var taken = new List<(long Offset, long Size)>();
            foreach (int size in sizes)
            {
                if (taken.Count > 0 && random.Next(3) == 0)
                {
                    (long offset, long length) = taken[random.Next(taken.Count)];
                    ranges.Return(offset, length);
                    taken.Remove((offset, length));
                }
                if (ranges.TryTake(size, out long at))
                    taken.Add((at, size));
            }
            bool apart = taken.Order().Zip(taken.Order().Skip(1)).All(pair => pair.First.Offset + pair.First.Size <= pair.Second.Offset);
            bool inside = taken.All(block => block.Offset >= 0 && block.Offset + block.Size <= 1000);
            bool counted = ranges.TotalSize == 1000 - taken.Sum(block => block.Size);
            foreach ((long offset, long size) in taken)
                ranges.Return(offset, size);
            return apart && inside && counted && ranges.TryTake(1000, out long start) && start == 0;
        });
}
