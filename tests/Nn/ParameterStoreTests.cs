using SspNative.Engine;
using SspNative.Engine.Nn;
using SspNative.Kernels;
using SspNative.Kernels.Cpu;
using SspNative.Tests.Support;
using Xunit;

namespace SspNative.Tests.Nn;

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
    public void ASingleParameterIsNoPart()
    {
        using var store = new ParameterStore(new Shapes(), Device);
        (store.Root / "a").Get("weight", [2], Init.Ones);
        Assert.Empty(store.AbsentParts);
        Assert.Contains("a.weight (2): missing; are these the weights", Assert.Throws<InvalidDataException>(store.ThrowIfIncomplete).Message);
    }

    /// <summary>What a file lacks is initialised where a training begins.</summary>
    [Fact]
    public void APartThatIsInitialisedIsNotAbsent()
    {
        using var store = new ParameterStore(new Shapes() { Initialised = "head." }, Device);
        _ = new Linear(store.Root / "head", 2, 3);
        _ = new Linear(store.Root / "body", 2, 3);
        Assert.Equal(["body"], store.AbsentParts);
    }

    [Fact]
    public void ForInferenceLinearWeightsAreInPanels()
    {
        int lanes = Math.Max(1, Device.PanelLanes);
        using var scope = new TensorScope();
        DType[] Types(bool isForInference)
        {
            using var store = new ParameterStore(new InitialWeights(1), Device) { IsForInference = isForInference };
            Linear multiplied = new(store.Root / "a", 3, 2 * lanes), read = new(store.Root / "b", 3, 2 * lanes, isRead: true);
            return [multiplied.Weight.DType, read.Weight.DType];
        }
        Assert.Equal([Device.PanelLanes > 0 ? DType.F32Panels : DType.F32, DType.F32], Types(true));
        Assert.Equal([DType.F32, DType.F32], Types(false));
    }

    [Fact]
    public void OfManyParametersTenAreNamedAndTheOthersCounted()
    {
        (string, int[])[] shapes = [.. Enumerable.Range(0, 2000).Select(i => ($"norm.{i}.weight", (int[])[4]))];
        using var store = new ParameterStore(new Shapes(shapes), Device);
        for (int i = 0; i < 2000; i++)
            _ = (store.Root / "norm" / i).Get("weight", [5], Init.Ones);
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
                store.Root.Get("w", [4], Init.Ones);
            Assert.Equal(4, store["w"].ToArray().Length);
        }
        Assert.Equal(0, Device.LiveBuffers);
    }

    /// <summary>Of matrices alone, and no float32 copy of them stays behind.</summary>
    [Fact]
    public void OnADeviceOfHalfThePrecisionMatricesTakeHalfTheMemory()
    {
        using var device = new CpuDevice(CpuDevice.SupportedIsas.Max(), precision: Precision.Bf16);
        using (var store = new ParameterStore(new InitialWeights(1), device))
        using (new TensorScope())
        {
            var linear = new Linear(store.Root / "linear", 256, 128);
            var attention = new MultiHeadAttention(store.Root / "attention", 64, 4);
            var table = new Embedding(store.Root / "table", 1000, 64, Init.Ones);
            var norm = new LayerNorm(store.Root / "norm", 256);
            long matrices = 256 * 128 + 4 * 64 * 64 + 1000 * 64, others = 128 + 4 * 64 + 2 * 256;
            Assert.Equal(9, device.LiveBuffers);
            // What is allocated is rounded up a little.
            Assert.InRange(device.LiveBytes, 2 * matrices + 4 * others, 2 * matrices + 4 * others + 9 * 1024);
            Assert.Equal([DType.BF16, DType.F32, DType.BF16, DType.F32], new[] { linear.Weight, linear.Bias!, table.Weight, norm.Weight }.Select(t => t.DType));
            Tensor x = Tensor.Full([1, 5, 64], 0.5f, device);
            Assert.Equal([1, 5, 64], attention.Forward(new AttentionInputs(x, x, x)).Shape.Dims.ToArray());
            Assert.Contains("open the device in fp32", Assert.Throws<InvalidOperationException>(() => store.Train()).Message);
        }
        Assert.Equal(0, device.LiveBuffers);
    }

    [Fact]
    public void TwoLayersMayShareAParameter()
    {
        using var store = new ParameterStore(new Shapes(("w", [4])), Device);
        Assert.Same(store.Root.Get("w", [4], Init.Ones), store.Root.Get("w", [4], Init.Ones));
        Assert.Single(store.Names);
    }

    [Theory]
    [InlineData(2, "two layers share it, one as (4), one as (2)")]
    [InlineData(4, "two layers share it, but ask for different first values, roles or uses")]
    public void LayersThatShareAParameterMustAgree(int size, string problem)
    {
        using var store = new ParameterStore(new Shapes(("w", [4])), Device);
        store.Root.Get("w", [4], Init.Ones);
        ParameterPath head = store.Root.As(Role.Head);
        Assert.Equal($"w: {problem}", Assert.Throws<InvalidOperationException>(() => head.Get("w", [size], Init.Ones)).Message);
        Assert.Equal($"w: {problem}", Assert.Throws<InvalidOperationException>(() => store.Root.Get("w", [size], Init.Zeros)).Message);
    }

    [Fact]
    public void ARoleHoldsForAllBelow()
    {
        using var store = new ParameterStore(new InitialWeights(1), Device);
        _ = new Linear(store.Root / "body", 2, 3);
        _ = new Linear(store.Root.As(Role.Head) / "head" / 0, 3, 1);
        Assert.Equal([Role.Base, Role.Base, Role.Head, Role.Head], store.Specs.Select(p => p.Role));
        store.Train(p => p.Role == Role.Head);
        Assert.Equal(["head.0.weight", "head.0.bias"], store.Trainable.Select(p => p.Name));
        store.Train();
        Assert.Equal(store.Names, store.Trainable.Select(p => p.Name));
    }

    [Fact]
    public void InitialisersHaveTheirDeviations()
    {
        using var store = new ParameterStore(new InitialWeights(5), Device);
        Assert.Equal([0f, 0f], store.Root.Get("zeros", [2], Init.Zeros).ToArray());
        Assert.Equal([1f, 1f], store.Root.Get("ones", [2], Init.Ones).ToArray());
        Assert.Equal([0f, 1f, 2f], store.Root.Get("formula", [3], Init.Formula(s => [.. Enumerable.Range(0, (int)s.Count)])).ToArray());
        AssertDeviation(Math.Sqrt(2.0 / (300 + 200)), store.Root.Get("xavier", [200, 300], Init.XavierUniform));
        AssertDeviation(Math.Sqrt(2.0 / 300), store.Root.Get("kaiming", [200, 3, 10, 10], Init.KaimingUniform));
        AssertDeviation(0.3, store.Root.Get("uniform", [200, 300], Init.Uniform(deviation: 0.3)));

        void AssertDeviation(double expected, Tensor made)
        {
            float[] values = made.ToArray();
            Assert.InRange(Math.Sqrt(values.Average(v => (double)v * v)) / expected, 0.99, 1.01);
            Assert.InRange(values.Max(v => Math.Abs(v)) / (Math.Sqrt(3) * expected), 0.999, 1.0001);
        }
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

        /// <summary>What names begin with that are not there and have first values.</summary>
        public string? Initialised { get; init; }

        public string? Problem(ParameterSpec parameter)
        {
            (string name, Shape shape, _, _) = parameter;
            if (Initialised is not null && name.StartsWith(Initialised, StringComparison.Ordinal))
                return null;
            foreach ((string known, int[] dims) in parameters)
                if (known == name)
                    return new Shape(dims) == shape ? null : $"{name} {shape}: the shape is {new Shape(dims)}";
            return $"{name} {shape}: missing";
        }

        public bool Has(string name) => parameters.Any(p => p.Name == name);

        public Tensor Load(ParameterSpec parameter, IDevice device)
        {
            Assert.Null(Problem(parameter));
            return Tensor.Zeros(parameter.Shape, device);
        }
    }
}
