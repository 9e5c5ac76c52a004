using System.Runtime.InteropServices;
using SspNative.Engine;
using SspNative.Engine.Diagnostics;
using SspNative.Engine.Nn;
using SspNative.Engine.Serialization;
using SspNative.Kernels;
using SspNative.Kernels.Cpu;
using SspNative.Tests.Support;
using Xunit;

namespace SspNative.Tests.Kernels.Matrix;

/// <summary>Weights that are packed once, when they are loaded.</summary>
public sealed class PackedWeightTests : DeviceTest
{
    /// <summary>More rows than are multiplied in place, so that what is packed each time is summed in the same order.</summary>
    [Theory]
    [InlineData(33, 32, 1)]
    [InlineData(40, 96, 300)]
    [InlineData(64, 384, 384)]
    [InlineData(300, 64, 530)]
    [InlineData(330, 320, 65)]
    public void AProductHasTheBitsOfOneThatPacksItself(int m, int n, int k)
    {
        foreach (CpuIsa isa in CpuDevice.SupportedIsas)
        {
            using var scope = new TensorScope();
            CpuDevice device = On(isa);
            Tensor x = Uniform([m, k], 1, device), weight = Uniform([n, k], 2, device), bias = Uniform([n], 3, device), packed = Ops.Pack(weight);
            Assert.Equal(DType.F32Panels, packed.DType);
            Assert.Equal(weight.ToArray(), packed.ToArray());
            Assert.Equal(Ops.Linear(x, weight, bias, Activation.Gelu).ToArray(), Ops.Linear(x, packed, bias, Activation.Gelu).ToArray());
        }
    }

    /// <summary>A frame's result does not depend on what else is in its batch.</summary>
    [Fact]
    public void ARowHasTheSameBitsAmongAnyNumberOfRows()
    {
        using var scope = new TensorScope();
        Tensor x = Uniform([300, 384], 1, Device), packed = Ops.Pack(Uniform([96, 384], 2, Device));
        float[] all = Ops.Linear(x, packed).ToArray();
        foreach (int rows in new[] { 1, 2, 4, 5, 12, 13, 16, 32, 33, 288, 289 })
            Assert.Equal(all[..(rows * 96)], Ops.Linear(Ops.Narrow(x, 0, 0, rows), packed).ToArray());
    }

    [Fact]
    public void RowsThatFillWholePanelsAreTakenOutOfIt()
    {
        using var scope = new TensorScope();
        int lanes = Device.PanelLanes;
        Tensor weight = Uniform([6 * lanes, 40], 1, Device), packed = Ops.Pack(weight);
        Assert.Equal(Ops.Narrow(weight, 0, 2 * lanes, 3 * lanes).ToArray(), Ops.Narrow(packed, 0, 2 * lanes, 3 * lanes).ToArray());
        Assert.Contains($"taken by {lanes}", Assert.Throws<ArgumentException>(() => Ops.Narrow(packed, 0, 1, lanes)).Message);
    }

    [Fact]
    public void AWeightThatFillsNoWholePanelsStaysAsItIs()
    {
        using var scope = new TensorScope();
        Tensor weight = Uniform([Device.PanelLanes + 1, 40], 1, Device);
        Assert.Same(weight, Ops.Pack(weight));
    }

    [Fact]
    public void NothingButLinearLayersTakesIt()
    {
        using var scope = new TensorScope();
        using var tape = new GradientTape();
        int n = Device.PanelLanes;
        Tensor x = Uniform([2, n], 1, Device), packed = Ops.Pack(Uniform([n, n], 2, Device));
        Action[] refused =
        [
            () => Ops.MatMul(x, packed, transposeB: true), () => Ops.Embedding(Tensor.FromArray([1L], [1], Device), packed), () => Ops.Permute(packed, 1, 0),
            () => Ops.Add(packed, packed), () => Ops.Concat([packed, packed], 0), () => Ops.Narrow(packed, 1, 0, 4), () => Ops.Pack(packed),
        ];
        foreach (Action call in refused)
            Assert.Matches("pack|F32Panels", Assert.ThrowsAny<Exception>(call).Message);
        using var other = new CpuDevice(CpuIsa.Portable);
        Assert.Contains("packed", Assert.Throws<NotSupportedException>(() => packed.To(other)).Message);
        x.RequiresGrad = true;
        Assert.Contains("load the model for training", Assert.Throws<ArgumentException>(() => Ops.Linear(x, packed)).Message);
    }

    [Fact]
    public void AStoreForInferencePacksInNoMoreMemory()
    {
        using var device = new CpuDevice(CpuDevice.SupportedIsas.Max());
        (long[] bytes, float[][] results) = (new long[2], new float[2][]);
        for (int i = 0; i < 2; i++)
        {
            using var store = new ParameterStore(new InitialWeights(1), device) { IsForInference = i == 1 };
            using var scope = new TensorScope();
            var linear = new Linear(store.Root / "linear", 64, 128);
            var read = new Linear(store.Root / "read", 64, 128, isRead: true);
            var attention = new MultiHeadAttention(store.Root / "attention", 64, 4);
            var table = new Embedding(store.Root / "table", 128, 64, Init.Ones);
            bytes[i] = device.LiveBytes;
            Assert.Equal(i == 0 ? DType.F32 : DType.F32Panels, linear.Weight.DType);
            Assert.All(new[] { read.Weight, table.Weight }, t => Assert.Equal(DType.F32, t.DType));
            Tensor x = Uniform([1, 50, 64], 1, device);
            results[i] = attention.Forward(new AttentionInputs(x, x, x)).ToArray();
            if (i == 1)
                Assert.Contains("cannot be trained", Assert.Throws<InvalidOperationException>(() => store.Train()).Message);
        }
        Assert.Equal(bytes[0], bytes[1]);
        Assert.Equal(results[0], results[1]);
        Assert.Equal(0, device.LiveBuffers);
    }

    /// <summary>A recording of one processor, replayed on another whose panels are of another width, or which has none.</summary>
    [Fact]
    public void ARecordedProductIsReplayedWherePanelsDoNotFit()
    {
        using var device = new CpuDevice(CpuDevice.SupportedIsas.Max());
        (int m, int n, int k) = (40, device.PanelLanes + device.PanelLanes / 2, 50);
        Assert.Equal(Replayed(DType.F32), Replayed(DType.F32Panels));

        float[] Replayed(DType type)
        {
            using var scope = new TensorScope();
            Tensor x = Uniform([m, k], 1, device), weight = Uniform([n, k], 2, device), y = Tensor.Empty([m, n], device);
            using var replay = new CallReplay(
                RecordedCall.Of(new GemmCall(m, n, k, new(x.Buffer, 0, k), new(weight.Buffer, 0, k, Transposed: true), new(y.Buffer, 0, n), BType: type)),
                device);
            replay.Launch();
            return MemoryMarshal.Cast<byte, float>(replay.Outputs()[nameof(GemmCall.C)]).ToArray();
        }
    }

    [Fact]
    public void NoFileIsMadeOfItAndNoneIsReadIntoIt()
    {
        using var folder = new TemporaryFolder();
        using var plain = new ParameterStore(new InitialWeights(1), Device);
        using var packed = new ParameterStore(new InitialWeights(1), Device) { IsForInference = true };
        foreach (ParameterStore store in new[] { plain, packed })
            _ = new Linear(store.Root / "linear", 64, 128);
        string path = folder["model.safetensors"];
        Assert.Contains("linear.weight is packed", Assert.Throws<ArgumentException>(() => packed.Save(path)).Message);
        Assert.False(File.Exists(path));
        plain.Save(path);
        float[] bias = packed["linear.bias"].ToArray();
        Assert.Contains("linear.weight is stored as F32Panels", Assert.Throws<InvalidOperationException>(() => packed.Load(path)).Message);
        Assert.Equal(bias, packed["linear.bias"].ToArray());
    }

    [Theory]
    [InlineData(int.MaxValue, 1)]
    [InlineData(-1, 2)]
    [InlineData(5, 6)]
    [InlineData(11, 0)]
    public void RowsThatAreNotThereAreRefused(int start, int count)
    {
        using var scope = new TensorScope();
        Tensor x = Uniform([2, 4], 1, Device), weight = Uniform([10, 4], 2, Device);
        Assert.Contains("among 10", Assert.Throws<ArgumentException>(() => Ops.LinearRows(x, weight, null, start, count)).Message);
        Assert.Contains("of size 10", Assert.Throws<ArgumentException>(() => Ops.Narrow(weight, 0, start, count)).Message);
    }
}
