using SspNative.Engine;
using SspNative.Engine.Nn;
using SspNative.Model.Config;
using SspNative.Model.OpticalFlow.Perceiver;
using SspNative.Model.Weights;
using SspNative.Tests.Support;
using Xunit;

namespace SspNative.Tests.OpticalFlow.Perceiver;

/// <summary>The Perceiver meets pixels as a grid where nothing is recorded, and runs as published under a tape.</summary>
public sealed class PerceiverFormsTests : DeviceTest
{
    // Rows of pixels beyond one piece of the decoder.
    private const int Width = 128, Height = 144;

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public void TheNetworkGivesTheSameFlowOverTheGridAsRecorded(int crossHeads)
    {
        using var store = new ParameterStore(new ProceduralSource(3), Device);
        using var scope = new TensorScope();
        PerceiverFlow network = Network(store, Height, crossHeads);
        Tensor patches = Uniform([1, 2, 27, Height, Width], 4);
        float[] free = network.Forward(patches).ToArray();
        patches.RequiresGrad = true;
        using var tape = new GradientTape();
        Tensor recorded = network.Forward(patches);
        AssertClose(recorded.ToArray(), free);
    }

    [Theory]
    [InlineData("perceiver.encoder.cross_attention.attention.self.key.weight")]
    [InlineData("perceiver.encoder.cross_attention.attention.self.query.bias")]
    [InlineData("perceiver.encoder.cross_attention.attention.self.layernorm2.weight")]
    [InlineData("perceiver.input_preprocessor.conv_after_patches.weight")]
    [InlineData("perceiver.decoder.decoder.decoding_cross_attention.attention.self.query.weight")]
    [InlineData("perceiver.decoder.decoder.final_layer.weight")]
    public void AParameterGetsAGradientWhenItAloneIsTrained(string name)
    {
        using var store = new ParameterStore(new ProceduralSource(3), Device);
        using var scope = new TensorScope();
        PerceiverFlow network = Network(store, Height, 1);
        Tensor patches = Uniform([1, 2, 27, Height, Width], 4), parameter = store[name];
        parameter.RequiresGrad = true;
        using var tape = new GradientTape();
        Tensor flow = network.Forward(patches);
        using Gradients gradients = tape.Backward(Ops.Mean(Ops.Mul(flow, flow)));
        Assert.Contains(gradients[parameter].ToArray(), g => g != 0);
    }

    [Fact]
    public void MemoryOfTheNetworkGrowsByLessThanTheKeysOfMorePixels()
    {
        const int inputChannels = 64 + 2 + 4 * 64, few = 2 * Height * Width;
        using var store = new ParameterStore(new ProceduralSource(3), Device);
        long grown = Peak(2 * few) - Peak(few);
        Assert.True(grown < (long)few * inputChannels * sizeof(float), $"{few} pixels more take {grown} bytes");

        long Peak(int pixels)
        {
            using var scope = new TensorScope();
            PerceiverFlow network = Network(store, pixels / Width, 1);
            Tensor patches = Uniform([1, 2, 27, pixels / Width, Width], 4);
            return this.Peak(() => network.Forward(patches));
        }
    }

    private static PerceiverFlow Network(ParameterStore store, int height, int crossHeads) => new(store.Root, new PerceiverFlowConfig
    {
        TrainSize = [height, Width],
        NumLatents = 8,
        DLatents = 32,
        NumSelfAttendsPerBlock = 1,
        NumSelfAttentionHeads = 4,
        NumCrossAttentionHeads = crossHeads,
    });

    // What a computation takes beyond what there was before it, at most.
    private long Peak(Func<Tensor> compute)
    {
        using var scope = new TensorScope();
        long before = Device.LiveBytes;
        Device.ResetPeak();
        compute();
        return Device.PeakBytes - before;
    }

    private static void AssertClose(float[] expected, float[] actual)
    {
        Assert.Equal(expected.Length, actual.Length);
        double scale = expected.Max(Math.Abs), worst = expected.Zip(actual, (e, a) => Math.Abs(e - a)).Max();
        Assert.True(worst <= 1e-5 * scale, $"differences up to {worst} in values up to {scale}");
    }
}
