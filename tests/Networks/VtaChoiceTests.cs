using SspNative.Engine;
using SspNative.Engine.Nn;
using SspNative.Kernels;
using SspNative.Model.Config;
using SspNative.Model.Networks;
using SspNative.Tests.Support;
using Xunit;

namespace SspNative.Tests.Networks;

/// <summary>Choices within the alignment: what begins as nothing leaves the network as it was, and learns.</summary>
[LeakCheck]
public sealed class VtaChoiceTests
{
    private static readonly SspConfig _gated = TinyModel.Binary with { Vta = new VtaConfig { Gate = true, TextKeys = true, EmbedVisual = true } };

    [Fact]
    public void BeforeTheFirstStepTheNetworkIsAavs()
    {
        using IDevice device = TinyModel.Device();
        float[][] plain = Predict(TinyModel.Binary with { TextFusion = TextFusion.None }, device, [101, 7, 9, 102]);
        Assert.Equal(plain, Predict(_gated, device, [101, 7, 9, 102]));
        Assert.Equal(plain, Predict(_gated, device, [101, 30, 102]));
    }

    [Theory]
    [InlineData("vta.gate")]
    [InlineData("model.model.transformer_module.text_attn.0.out_proj.weight")]
    public void WhatBeginsAsNothingHasAGradient(string parameter)
    {
        using IDevice device = TinyModel.Device();
        using var store = new ParameterStore(new InitialWeights(1), device);
        using var scope = new TensorScope();
        var ssp = new Ssp(store.Root, _gated);
        store.Train(p => p.Name == parameter);
        using var tape = new GradientTape();
        SspOutput output = ssp.Forward(Inputs(device, [101, 7, 9, 102]));
        using Gradients gradients = tape.Backward(Ops.Sum(Ops.Mul(output.Result.MaskLogits, output.Result.MaskLogits)));
        Assert.Contains(gradients[store[parameter]]!.ToArray(), g => g != 0);
    }

    [Fact]
    public void ChoicesOfAnAlignmentThatIsNotThereAreRefused()
    {
        SspConfig config = _gated with { TextFusion = TextFusion.None };
        Assert.Contains("vta has no effect", Assert.Throws<InvalidDataException>(() => config.Validate()).Message, StringComparison.Ordinal);
    }

    private static float[][] Predict(SspConfig config, IDevice device, long[] ids)
    {
        using var store = new ParameterStore(new InitialWeights(1), device);
        using var scope = new TensorScope();
        var ssp = new Ssp(store.Root, config);
        SspOutput output = ssp.Forward(Inputs(device, ids));
        return [output.Result.ClassLogits.ToArray(), output.Result.MaskLogits.ToArray()];
    }

    private static SspInputs Inputs(IDevice device, long[] ids)
    {
        var random = new Random(3);
        int size = TinyModel.Binary.ImageSize, clip = TinyModel.Binary.Clip.ImageSize;
        Tensor Random(params int[] dims) => Tensor.FromArray(
            [.. Enumerable.Range(0, dims.Aggregate(1, (a, b) => a * b)).Select(_ => random.NextSingle() - 0.5f)], new Shape(dims), device);
        return new SspInputs(
            Random(2, 3, size, size), Tensor.Full([2, size, size], 1f, device), Random(2, 3, clip, clip),
            Tensor.FromArray(ids, [1, ids.Length], device), Tensor.FromArray(Array.ConvertAll(ids, _ => 1L), [1, ids.Length], device), Random(2, 128), null);
    }
}
