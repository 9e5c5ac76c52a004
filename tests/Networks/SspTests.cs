using SspNative.Engine;
using SspNative.Engine.Nn;
using SspNative.Kernels;
using SspNative.Model.Networks;
using SspNative.Model.Weights;
using SspNative.Tests.Support;
using Xunit;

namespace SspNative.Tests.Networks;

/// <summary>The whole network, and its parts one after the other.</summary>
public sealed class SspTests : DeviceTest
{
    [Fact]
    public void WithTheAlignmentKnownItComputesTheSameBits()
    {
        using var scope = new TensorScope();
        using var store = new ParameterStore(new ProceduralSource(3), Device);
        var whole = new Ssp(store.Root, TinyModel.Binary);
        SspInputs inputs = Inputs();
        SspOutput expected = whole.Forward(inputs);
        Assert.NotNull(expected.Alignment);

        using ParameterStore clipStore = new(new ProceduralSource(3), Device), encoderStore = new(new ProceduralSource(3), Device);
        using var restStore = new ParameterStore(new ProceduralSource(3), Device);
        Tensor tokens = Ssp.MakeClipVision(clipStore.Root, TinyModel.Binary).Forward(inputs.VisionPixelValues!).LastHiddenState;
        var encoder = Ssp.MakeVtaEncoder(encoderStore.Root, TinyModel.Binary);
        var rest = new Ssp(restStore.Root, TinyModel.Binary, encodes: false);
        SspOutput actual = rest.Forward(inputs with
        {
            VisionPixelValues = null,
            Alignment = encoder.Forward(new(tokens, inputs.InputIds!, inputs.AttentionMask!)).Terms,
        });
        Assert.Null(actual.Alignment);
        Assert.Equal(expected.FinalFeatures.ToArray(), actual.FinalFeatures.ToArray());
        Assert.Equal(expected.Result.ClassLogits.ToArray(), actual.Result.ClassLogits.ToArray());
        Assert.Equal(expected.Result.MaskLogits.ToArray(), actual.Result.MaskLogits.ToArray());
        // Together the parts have the parameters of the whole, and none twice.
        Assert.Equal(
            store.Names.Order(StringComparer.Ordinal),
            clipStore.Names.Concat(encoderStore.Names).Concat(restStore.Names).Order(StringComparer.Ordinal));
    }

    [Fact]
    public void WithoutTheAlignmentItSaysSo()
    {
        using var scope = new TensorScope();
        using var store = new ParameterStore(new ProceduralSource(3), Device);
        var rest = new Ssp(store.Root, TinyModel.Binary, encodes: false);
        Assert.Contains("give what the alignment adds", Assert.Throws<ArgumentException>(() => rest.Forward(Inputs())).Message);
    }

    private SspInputs Inputs()
    {
        Tensor Made(string name, params int[] shape) => NamedStream.Uniform(name, new Shape(shape), 1, 0f, 1f, Device);
        return new SspInputs(
            Made("pixels", 2, 3, 64, 64), Made("mask", 2, 64, 64), Made("clip", 2, 3, 48, 48), Tensor.FromArray([1L, 7, 9, 2], [1, 4], Device),
            Tensor.FromArray([1L, 1, 1, 0], [1, 4], Device), Made("sound", 2, 128), null);
    }
}
