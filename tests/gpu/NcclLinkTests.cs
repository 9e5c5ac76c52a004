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
        // More each time, so that what the link works in grows; nothing waits for the device until the end.
        float[][] sent = [.. Enumerable.Range(1, 3).Select(round => Enumerable.Range(0, 1000 * round).Select(i => round + i / 7f).ToArray())];
        DeviceBuffer[] from = [.. sent.Select(v => Gpu.Allocate(sizeof(float) * v.Length))], to = [.. sent.Select(v => Gpu.Allocate(sizeof(float) * v.Length))];
        for (int i = 0; i < sent.Length; i++)
        {
            Gpu.CopyFromHost(MemoryMarshal.AsBytes<float>(sent[i]), from[i]);
            link.Exchange([new PeerCopy(from[i], from[i].ByteLength, 0, Sends: true), new PeerCopy(to[i], to[i].ByteLength, 0, Sends: false)]);
            // What is sent may be written at once.
            Gpu.CopyFromHost(new byte[from[i].ByteLength], from[i]);
        }
        for (int i = 0; i < sent.Length; i++)
        {
            float[] read = new float[sent[i].Length];
            Gpu.CopyToHost(to[i], MemoryMarshal.AsBytes(read.AsSpan()));
            Assert.Equal(sent[i], read);
            from[i].Release();
            to[i].Release();
        }
    }
}
