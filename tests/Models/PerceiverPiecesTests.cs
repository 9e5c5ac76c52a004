using SspNative.Engine;
using SspNative.Engine.Nn;
using SspNative.Model.Config;
using SspNative.Model.OpticalFlow.Perceiver;
using SspNative.Model.Weights;
using SspNative.Tests.Support;
using Xunit;

namespace SspNative.Tests.Models;

/// <summary>The Perceiver encodes and decodes pixels a piece at a time where nothing is recorded, and all of them at once under a tape.</summary>
public sealed class PerceiverPiecesTests : DeviceTest
{
    private const int Batch = 2, Latents = 6, Channels = 24, InputChannels = 20, Keys = 37;

    // Rows of pixels beyond one piece of the network.
    private const int Width = 128, Height = 144;

    [Theory]
    [InlineData(1, 37)]
    [InlineData(1, 40)]
    [InlineData(1, 16)]
    [InlineData(1, 1)]
    [InlineData(4, 16)]
    public void PiecesGiveTheOutputOfTheWhole(int heads, int pieceSize)
    {
        using var store = new ParameterStore(new ProceduralSource(3), Device);
        using var scope = new TensorScope();
        PerceiverLayer layer = Layer(store, heads);
        Tensor x = Random(1, Batch, Latents, Channels), inputs = Random(2, Batch, Keys, InputChannels);
        (Tensor keys, Tensor values) = layer.Project(inputs);
        float[] whole = layer.Forward(x, keys, values).ToArray(), pieces = InPieces(layer, x, inputs, pieceSize).ToArray();
        AssertClose(whole, pieces);
    }

    [Fact]
    public void MemoryOfPiecesDoesNotGrowWithAllKeys()
    {
        const int few = 1024, many = 8192, piece = 256;
        using var store = new ParameterStore(new ProceduralSource(3), Device);
        using var scope = new TensorScope();
        PerceiverLayer layer = Layer(store, 1);
        Tensor x = Random(1, Batch, Latents, Channels);
        long whole = Peak(() => Whole(many)), ofFew = Peak(() => Pieces(few)), ofMany = Peak(() => Pieces(many));
        // Of each piece remain one output and one sum for each latent.
        long rest = (many - few) / piece * (Batch * Latents * (Channels + 1) * sizeof(float) + 1024);
        Assert.True(ofMany - ofFew <= 4 * rest, $"{many} keys take {ofMany} bytes, {few} take {ofFew}");
        Assert.True(ofMany < whole / 8, $"pieces take {ofMany} bytes, all keys at once {whole}");

        Tensor Pieces(int count) => layer.ForwardInPieces(
            x, Enumerable.Range(0, count / piece).Select(i => i * piece), _ => Random(2, Batch, piece, InputChannels));

        Tensor Whole(int count)
        {
            (Tensor keys, Tensor values) = layer.Project(Random(2, Batch, count, InputChannels));
            return layer.Forward(x, keys, values);
        }
    }

    [Fact]
    public void ALayerInPiecesRefusesToBeRecorded()
    {
        using var store = new ParameterStore(new ProceduralSource(3), Device);
        using var scope = new TensorScope();
        PerceiverLayer layer = Layer(store, 1);
        Tensor x = Random(1, Batch, Latents, Channels), inputs = Random(2, Batch, Keys, InputChannels);
        store["layer.attention.self.key.weight"].RequiresGrad = true;
        float[] free = InPieces(layer, x, inputs, 16).ToArray();
        using var tape = new GradientTape();
        Exception refused = Assert.Throws<InvalidOperationException>(() => InPieces(layer, x, inputs, 16));
        Assert.Contains("no gradient", refused.Message, StringComparison.Ordinal);
        store["layer.attention.self.key.weight"].RequiresGrad = false;
        AssertClose(free, InPieces(layer, x, inputs, 16).ToArray());
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public void TheNetworkGivesTheSameFlowInPiecesAsRecorded(int crossHeads)
    {
        using var store = new ParameterStore(new ProceduralSource(3), Device);
        using var scope = new TensorScope();
        PerceiverFlow network = Network(store, Height, crossHeads);
        Tensor patches = Random(4, 1, 2, 27, Height, Width);
        float[] pieces = network.Forward(patches).ToArray();
        patches.RequiresGrad = true;
        using var tape = new GradientTape();
        Tensor recorded = network.Forward(patches);
        AssertClose(recorded.ToArray(), pieces);
    }

    [Fact]
    public void GradientsOfTheDecoderAreThoseOfTheWhole()
    {
        using var store = new ParameterStore(new ProceduralSource(3), Device);
        using var scope = new TensorScope();
        PerceiverFlow network = Network(store, Height, 1);
        Tensor patches = Random(4, 1, 2, 27, Height, Width), latents = store["perceiver.embeddings.latents"];
        Tensor weight = store["perceiver.decoder.decoder.final_layer.weight"];
        weight.RequiresGrad = true;
        float[] pieces = Gradient();
        latents.RequiresGrad = true;
        AssertClose(Gradient(), pieces);

        float[] Gradient()
        {
            using var tape = new GradientTape();
            Tensor flow = network.Forward(patches);
            using Gradients gradients = tape.Backward(Ops.Mean(Ops.Mul(flow, flow)));
            return gradients[weight].ToArray();
        }
    }

    [Theory]
    [InlineData("perceiver.encoder.cross_attention.attention.self.key.weight")]
    [InlineData("perceiver.encoder.cross_attention.attention.self.query.bias")]
    [InlineData("perceiver.encoder.cross_attention.attention.self.layernorm2.weight")]
    [InlineData("perceiver.input_preprocessor.conv_after_patches.weight")]
    public void EveryParameterOfTheEncoderGetsAGradientWhenItAloneIsTrained(string name)
    {
        using var store = new ParameterStore(new ProceduralSource(3), Device);
        using var scope = new TensorScope();
        PerceiverFlow network = Network(store, Height, 1);
        Tensor patches = Random(4, 1, 2, 27, Height, Width), parameter = store[name];
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
            Tensor patches = Random(4, 1, 2, 27, pixels / Width, Width);
            return this.Peak(() => network.Forward(patches));
        }
    }

    private static PerceiverLayer Layer(ParameterStore store, int heads) =>
        new(store.Root / "layer", Channels, InputChannels, InputChannels, heads, 2, residual: true);

    private static PerceiverFlow Network(ParameterStore store, int height, int crossHeads) => new(store.Root, new PerceiverFlowConfig
    {
        TrainSize = [height, Width],
        NumLatents = 8,
        DLatents = 32,
        NumSelfAttendsPerBlock = 1,
        NumSelfAttentionHeads = 4,
        NumCrossAttentionHeads = crossHeads,
    });

    private static Tensor InPieces(PerceiverLayer layer, Tensor x, Tensor inputs, int size) => layer.ForwardInPieces(
        x,
        Enumerable.Range(0, (Keys + size - 1) / size).Select(i => i * size),
        start => Ops.Narrow(inputs, 1, start, Math.Min(size, Keys - start)));

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

    private Tensor Random(int seed, params int[] shape)
    {
        var random = new Random(seed);
        float[] values = [.. Enumerable.Range(0, shape.Aggregate((a, b) => a * b)).Select(_ => 2 * random.NextSingle() - 1)];
        return Tensor.FromArray(values, new(shape), Device);
    }
}
