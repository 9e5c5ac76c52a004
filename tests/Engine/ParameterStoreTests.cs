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
    public void OneErrorTellsWhatIsMissingOrOfAnotherShape()
    {
        using var store = new ParameterStore(new Shapes(("a.weight", [2, 2]), ("a.bias", [3]), ("norm.weight", [5])), Device);
        _ = new Linear(store.Root / "a", 2, 3);
        _ = new LayerNorm(store.Root / "norm", 5);
        Assert.Equal(
            "test shapes: 2 of 4 parameters cannot be used: a.weight (3, 2): the shape is (2, 2); norm.bias (5): missing; "
            + "are these the weights of this configuration?",
            Assert.Throws<InvalidDataException>(store.ThrowIfIncomplete).Message);
        Assert.Empty(store.AbsentParts);
    }

    [Fact]
    public void APartThatIsAbsentAsAWholeIsNamedOnce()
    {
        using var store = new ParameterStore(new Shapes(("a.weight", [3, 2]), ("a.bias", [3])), Device);
        _ = new Linear(store.Root / "a", 2, 3);
        for (int i = 0; i < 20; i++)
            _ = new LayerNorm(store.Root / "clip" / "layers" / i, 5);
        Assert.Equal(["clip"], store.AbsentParts);
        Assert.Equal(
            "test shapes: 40 of 42 parameters cannot be used: all 40 under clip. (clip.layers.0.weight (5): missing); is this the right file?",
            Assert.Throws<InvalidDataException>(store.ThrowIfIncomplete).Message);
    }

    [Fact]
    public void OfManyParametersTenAreNamedAndTheOthersCounted()
    {
        (string, int[])[] shapes = [.. Enumerable.Range(0, 2000).Select(i => ($"norm.{i}.weight", (int[])[4]))];
        using var store = new ParameterStore(new Shapes(shapes), Device);
        for (int i = 0; i < 2000; i++)
            _ = (store.Root / "norm" / i).Get("weight", 5);
        string message = Assert.Throws<InvalidDataException>(store.ThrowIfIncomplete).Message;
        Assert.StartsWith("test shapes: 2,000 of 2,000 parameters cannot be used: norm.0.weight (5): the shape is (4); ", message);
        Assert.EndsWith("norm.9.weight (5): the shape is (4); … and 1,990 more; are these the weights of this configuration?", message);
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

        public bool Has(string name) => parameters.Any(p => p.Name == name);

        public Tensor Load(string name, Shape shape, IDevice device) => Tensor.Zeros(shape, device);
    }
}
