namespace SspNative.Engine.Nn;

/// <summary>
/// The initialisers, by the names of <c>torch.nn.init</c>. Fan-in is the product of a weight's dimensions after the first, fan-out its first dimension.
/// </summary>
/// <example><code>
/// Tensor weight = path.Get("weight", [outputs, inputs], Init.XavierUniform);
/// </code></example>
public static class Init
{
    public static Initializer Zeros { get; } = new Constant(0f);

    public static Initializer Ones { get; } = new Constant(1f);

    /// <summary>Uniform with variance 2 / (fan-in + fan-out), for linear layers (Glorot and Bengio 2010).</summary>
    public static Initializer XavierUniform { get; } = new XavierDistribution();

    /// <summary>Uniform with variance 2 / fan-in, for layers before a ReLU (He et al. 2015).</summary>
    public static Initializer KaimingUniform { get; } = new KaimingDistribution();

    /// <summary>Uniform around 0 with a standard deviation.</summary>
    public static Initializer Uniform(double deviation) => new UniformDistribution(deviation);

    /// <summary>Normal around 0 with a standard deviation.</summary>
    public static Initializer Normal(double deviation) => new NormalDistribution(deviation);

    /// <summary>Values that a formula gives for a shape.</summary>
    public static Initializer Formula(Func<Shape, float[]> values) => new ByFormula(values);

    private static Tensor Draw(double deviation, string name, Shape shape, ulong seed, IDevice device) =>
        NamedStream.Uniform(name, shape, seed, 0f, (float)(Math.Sqrt(3) * deviation), device);

    private sealed record Constant(float Value) : Initializer
    {
        public override Tensor Create(string name, Shape shape, ulong seed, IDevice device) => Tensor.Full(shape, Value, device);
    }

    private sealed record XavierDistribution : Initializer
    {
        public override Tensor Create(string name, Shape shape, ulong seed, IDevice device) =>
            Draw(Math.Sqrt(2.0 / (shape.CountOf(1, shape.Rank) + shape[0])), name, shape, seed, device);
    }

    private sealed record KaimingDistribution : Initializer
    {
        public override Tensor Create(string name, Shape shape, ulong seed, IDevice device) =>
            Draw(Math.Sqrt(2.0 / shape.CountOf(1, shape.Rank)), name, shape, seed, device);
    }

    private sealed record UniformDistribution(double Deviation) : Initializer
    {
        public override Tensor Create(string name, Shape shape, ulong seed, IDevice device) => Draw(Deviation, name, shape, seed, device);
    }

    private sealed record NormalDistribution(double Deviation) : Initializer
    {
        public override Tensor Create(string name, Shape shape, ulong seed, IDevice device) => NamedStream.Normal(name, shape, seed, Deviation, device);
    }

    private sealed record ByFormula(Func<Shape, float[]> Values) : Initializer
    {
        public override Tensor Create(string name, Shape shape, ulong seed, IDevice device) => Tensor.FromArray(Values(shape), shape, device);
    }
}
