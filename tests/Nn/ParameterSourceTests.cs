using SspNative.Engine;
using SspNative.Engine.Nn;
using SspNative.Kernels;
using SspNative.Tests.Support;
using Xunit;

namespace SspNative.Tests.Nn;

/// <summary>Where first weights come from, and what layers ask for.</summary>
public sealed class ParameterSourceTests : DeviceTest
{
    [Fact]
    public void FirstWeightsAreThereForEveryNameAndFollowTheSeed()
    {
        var source = new InitialWeights(7);
        Assert.Equal("initialised, seed 7", source.Description);
        Assert.True(source.Has("anything"));
        float[] first = Weight(7), again = Weight(7), other = Weight(8);
        Assert.Equal(first, again);
        Assert.NotEqual(first, other);

        float[] Weight(ulong seed)
        {
            using var store = new ParameterStore(new InitialWeights(seed), Device);
            return new Linear(store.Root / "a", 3, 2).Weight.ToArray();
        }
    }

    [Fact]
    public void ShapesAloneHaveEverythingUnlessARealSourceSaysOtherwise()
    {
        var shapes = new ShapesOnlySource();
        Assert.Equal("shapes only", shapes.Description);
        Assert.True(shapes.Has("a"));
        var real = new ShapesOnlySource(new Named("a"));
        Assert.Equal("one name", real.Description);
        Assert.True(real.Has("a"));
        Assert.False(real.Has("b"));
    }

    /// <summary>Names are those of published state dicts; what is not given is as PyTorch has it.</summary>
    [Fact]
    public void LayersAskForTheirParametersByPublishedNames()
    {
        Assert.Equal(["x.weight", "x.bias"], Asked(p => new Linear(p, 3, 2)));
        Assert.Equal(["x.weight"], Asked(p => new Linear(p, 3, 2, bias: false)));
        Assert.Equal(["x.weight", "x.bias"], Asked(p => new Conv2d(p, 4, 2, 3)));
        Assert.Equal(["x.weight"], Asked(p => new Conv2d(p, 4, 2, 3, bias: false)));
        Assert.Equal(["x.weight", "x.bias"], Asked(p => new LayerNorm(p, 4)));
        Assert.Equal(["x.weight", "x.bias"], Asked(p => new GroupNorm(p, 2, 4)));
        Assert.Equal(["x.weight"], Asked(p => new Embedding(p, 5, 4, Init.Zeros)));
        Assert.Equal(["x.in_proj_weight", "x.in_proj_bias", "x.out_proj.weight", "x.out_proj.bias"], Asked(p => new MultiHeadAttention(p, 8, 2)));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(-2)]
    [InlineData(3)]
    public void GroupsDivideTheChannels(int groups) =>
        Assert.ThrowsAny<ArgumentException>(() => Asked(p => new Conv2d(p, 4, 4, 3, groups: groups)));

    /// <summary>A convolution of one group is the ordinary one.</summary>
    [Fact]
    public void OneGroupIsAllChannels() => Assert.Equal(["x.weight", "x.bias"], Asked(p => new Conv2d(p, 4, 2, 3, groups: 1)));

    [Fact]
    public void WeightsForInferenceAreNotTrained()
    {
        using var store = new ParameterStore(new InitialWeights(1), Device) { IsForInference = true };
        _ = new Linear(store.Root / "a", 3, 2);
        Assert.Contains("loaded for inference", Assert.Throws<InvalidOperationException>(() => store.Train()).Message, StringComparison.Ordinal);
    }

    /// <summary>A store has nothing left, and may be told to end twice.</summary>
    [Fact]
    public void ADisposedStoreIsEmpty()
    {
        int live = Device.LiveBuffers;
        var store = new ParameterStore(new InitialWeights(1), Device);
        _ = new Linear(store.Root / "a", 3, 2);
        store.Constant("c", () => Tensor.Zeros([2], Device));
        Assert.Equal(live + 3, Device.LiveBuffers);
        store.Dispose();
        store.Dispose();
        Assert.Equal(live, Device.LiveBuffers);
        Assert.Null(store.Find("a.weight"));
    }

    private string[] Asked(Func<ParameterPath, object> layer)
    {
        using var store = new ParameterStore(new InitialWeights(1), Device);
        _ = layer(store.Root / "x");
        return [.. store.Names];
    }

    private sealed class Named(string name) : IParameterSource
    {
        public string Description => "one name";

        public string? Problem(ParameterSpec parameter) => null;

        public bool Has(string asked) => asked == name;

        public Tensor Load(ParameterSpec parameter, IDevice device) => Tensor.Zeros(parameter.Shape, device);
    }
}
