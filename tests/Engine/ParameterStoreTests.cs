using SspNative.Engine;
using SspNative.Engine.Nn;
using SspNative.Kernels;
using SspNative.Tests.Support;
using Xunit;

namespace SspNative.Tests.Engine;

public sealed class ParameterStoreTests : DeviceTest
{
    [Fact]
    public void LayersLoadTheirParametersByPath()
    {
        using var store = new ParameterStore(new Shapes(("a.0.weight", [3, 2]), ("a.0.bias", [3])), Device);
        var layer = new Linear(store.Root / "a" / 0, 2, 3);
        store.ThrowIfIncomplete();
        Assert.Equal(["a.0.weight", "a.0.bias"], store.Names);
        Assert.Same(layer.Weight, store["a.0.weight"]);
        Assert.Null(store.Find("a.1.weight"));
        Assert.Contains("a.1.weight", Assert.Throws<KeyNotFoundException>(() => store["a.1.weight"]).Message);
    }

    [Fact]
    public void OneErrorListsAllThatIsMissingOrOfAnotherShape()
    {
        using var store = new ParameterStore(new Shapes(("a.weight", [2, 2]), ("a.bias", [3])), Device);
        _ = new Linear(store.Root / "a", 2, 3);
        _ = new LayerNorm(store.Root / "norm", 5);
        Assert.Equal(
            "test shapes: 3 of 4 parameters cannot be used: a.weight (3, 2): the shape is (2, 2); norm.weight (5): missing; norm.bias (5): missing",
            Assert.Throws<InvalidDataException>(store.ThrowIfIncomplete).Message);
    }

    [Fact]
    public void ParametersOutliveTheScopeTheyWereLoadedIn()
    {
        using (var store = new ParameterStore(new Shapes(("w", [4])), Device))
        {
            using (new TensorScope())
                store.Root.Get("w", 4);
            Assert.Equal(4, store["w"].ToArray().Length);
        }
        Assert.Equal(0, Device.LiveBuffers);
    }

    [Fact]
    public void TwoLayersMayShareAParameter()
    {
        using var store = new ParameterStore(new Shapes(("w", [4])), Device);
        Assert.Same(store.Root.Get("w", 4), store.Root.Get("w", 4));
        Assert.Single(store.Names);
    }

    [Fact]
    public void ConstantsAreMadeOnceAndAreNoParameters()
    {
        using var store = new ParameterStore(new Shapes(), Device);
        int made = 0;
        Tensor first;
        using (new TensorScope())
            first = store.Constant("grid", Make);
        Assert.Same(first, store.Constant("grid", Make));
        Assert.Equal(1, made);
        Assert.Empty(store.Names);
        Assert.Equal([1f, 1f], first.ToArray());

        Tensor Make()
        {
            made++;
            return Tensor.Full([2], 1f, Device);
        }
    }

    /// <summary>Zeros for parameters of known shapes.</summary>
    private sealed class Shapes(params (string Name, int[] Dims)[] parameters) : IParameterSource
    {
        public string Description => "test shapes";

        public string? Problem(string name, Shape shape)
        {
            foreach ((string known, int[] dims) in parameters)
                if (known == name)
                    return new Shape(dims) == shape ? null : $"{name} {shape}: the shape is {new Shape(dims)}";
            return $"{name} {shape}: missing";
        }

        public Tensor Load(string name, Shape shape, IDevice device) => Tensor.Zeros(shape, device);
    }
}
