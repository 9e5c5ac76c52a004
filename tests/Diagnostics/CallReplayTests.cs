using System.Runtime.InteropServices;
using SspNative.Engine;
using SspNative.Engine.Diagnostics;
using SspNative.Kernels;
using SspNative.Kernels.Operators;
using SspNative.Tests.Support;
using Xunit;

namespace SspNative.Tests.Diagnostics;

/// <summary>A recorded call runs again over what it read, or over numbers that are made for it.</summary>
public sealed class CallReplayTests : DeviceTest
{
    [Fact]
    public void WhatWasReadIsReadAgain()
    {
        var recorder = new CallRecorder(keepInputs: true);
        using (new TensorScope())
        {
            Tensor x = Tensor.FromArray([1f, 4f, 9f], [3], Device);
            using (Device.Observe(recorder))
                Ops.Sqrt(x);
        }
        var forgetful = new CallRecorder();
        using (new TensorScope())
        using (Device.Observe(forgetful))
            Ops.Sqrt(Tensor.Full([3], 4f, Device));
        Assert.All(forgetful.Calls, c => Assert.Empty(c.Inputs));
        RecordedCall call = Assert.Single(recorder.Calls);
        Assert.Equal([1f, 4f, 9f], MemoryMarshal.Cast<byte, float>(Assert.Single(call.Inputs).Value).ToArray());
        using (var replay = new CallReplay(call, Device))
        {
            replay.FillOutputs(255);
            Assert.All(Assert.Single(replay.Outputs()).Value, b => Assert.Equal(255, b));
            replay.Launch();
            (string name, byte[] y) = Assert.Single(replay.Outputs());
            Assert.Equal(("Y", 3), (name, y.Length / 4));
            Assert.Equal([1f, 2f, 3f], MemoryMarshal.Cast<byte, float>(y).ToArray());
            Assert.Equal(2, Device.LiveBuffers);
        }
        Assert.Equal(0, Device.LiveBuffers);
    }

    [Fact]
    public void WhereNothingWasKeptNumbersAreMade()
    {
        using var sizes = new CountingDevice();
        DeviceBuffer x = sizes.Allocate(4000), y = sizes.Allocate(4000), at = sizes.Allocate(80);
        float[] made = Floats(new UnaryCall<Neg>(x, y, 1000), "Y");
        Assert.All(made, v => Assert.InRange(v, -1, 1));
        Assert.InRange(made.Average(), -0.2, 0.2);
        Assert.InRange(made.Distinct().Count(), 900, 1000);
        // Operands that share memory share it again.
        using var inPlace = new CallReplay(RecordedCall.Of(new UnaryCall<Neg>(x, x, 1000)), Device);
        Assert.Equal(1, Device.LiveBuffers);
        byte[] before = inPlace.Outputs()["Y"];
        inPlace.FillOutputs(7);
        Assert.Equal(before, inPlace.Outputs()["Y"]);
        inPlace.Launch();
        Assert.Equal(
            MemoryMarshal.Cast<byte, float>(before).ToArray().Select(v => -v), MemoryMarshal.Cast<byte, float>(inPlace.Outputs()["Y"]).ToArray());
        // Indices point to the first row.
        using var gather = new CallReplay(RecordedCall.Of(new EmbeddingCall(x, at, y, 10, 100, 10)), Device);
        gather.Launch();
        float[] rows = MemoryMarshal.Cast<byte, float>(gather.Outputs()["Y"]).ToArray();
        Assert.All(Enumerable.Range(0, 10), row => Assert.Equal(rows[..100], rows[(100 * row)..(100 * row + 100)]));

    }

    // Panels of another width are read as the rows that they were made of.
    [SkippableFact]
    public void APackedProductRunsWhereverItCan()
    {
        using var sizes = new CountingDevice();
        int lanes = Device.PanelLanes, k = 3;
        Skip.If(lanes == 0, "the device packs nothing");
        foreach ((int n, long offset) in ((int, long)[])[(lanes, 0), (2 * lanes, lanes * k), (lanes + 1, 0), (lanes, k)])
        {
            DeviceBuffer a = sizes.Allocate(4 * k), b = sizes.Allocate(4 * ((long)n * k + offset)), c = sizes.Allocate(4 * n);
            var product = new GemmCall(1, n, k, new(a, 0, k), new(b, offset, k, Transposed: true), new(c, 0, n), BType: DType.F32Panels);
            float[] expected = Floats(product with { BType = DType.F32 }, "C"), found = Floats(product, "C");
            // The same numbers in another order, unless they are taken for rows.
            bool isPacked = n % lanes == 0 && offset % (lanes * k) == 0;
            Assert.Equal(!isPacked, expected.SequenceEqual(found));
            Assert.Equal(n, found.Count(float.IsFinite));
        }
    }

    private float[] Floats<TCall>(in TCall call, string output) where TCall : struct, IKernelCall<TCall>
    {
        using var replay = new CallReplay(RecordedCall.Of(call), Device);
        replay.Launch();
        return MemoryMarshal.Cast<byte, float>(replay.Outputs()[output]).ToArray();
    }
}
