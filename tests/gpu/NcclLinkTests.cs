using System.Runtime.InteropServices;
using SspNative.Kernels;
using SspNative.Kernels.Gpu;
using Xunit;

namespace SspNative.Gpu.Tests;

/// <summary>NCCL with one peer, which sends to itself. It needs CUDA and the library.</summary>
public sealed class NcclLinkTests : GpuTest
{
    [SkippableFact]
    public void WhatIsSentIsReceivedInTheOrderOfTheQueue()
    {
        Skip.IfNot(Gpu.Name.StartsWith("cuda", StringComparison.Ordinal) && NcclLink.IsHere, "needs a CUDA device and libnccl.so.2");
        using IPeerLink link = Gpu.Link(Gpu.NewLink(), 0, 1);
        for (int round = 1; round <= 3; round++)
        {
            // More each time, so that what it works in grows. It is sent while it may still be on its way to the device.
            float[] values = [.. Enumerable.Range(0, 1000 * round).Select(i => round + i / 7f)], read = new float[values.Length];
            int bytes = sizeof(float) * values.Length;
            DeviceBuffer from = Gpu.Allocate(bytes), to = Gpu.Allocate(bytes);
            Gpu.CopyFromHost(MemoryMarshal.AsBytes<float>(values), from);
            link.Exchange([new PeerCopy(from, bytes, 0, Sends: true), new PeerCopy(to, bytes, 0, Sends: false)]);
            Gpu.CopyToHost(to, MemoryMarshal.AsBytes(read.AsSpan()));
            Assert.Equal(values, read);
            from.Release();
            to.Release();
        }
    }
}
