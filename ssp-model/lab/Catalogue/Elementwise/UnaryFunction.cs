using SspNative.Kernels.Operators;

namespace SspNative.Lab.Catalogue;

/// <summary>An elementwise function: its definition in double precision, and how near its operator comes.</summary>
internal sealed record UnaryFunction
{
    /// <summary>All, in the order of <see cref="Ops"/>.</summary>
    public static IReadOnlyList<UnaryFunction> All { get; } =
    [
        Of<Relu>(Ops.Relu, x => Math.Max(x, 0), x => x > 0 ? 1 : 0, new(0, 0, 0)) with { Input = OpInput.AwayFromZero, HasBenchmark = true },
        Of<Gelu>(Ops.Gelu, x => x * Phi(x), x => Phi(x) + x * Math.Exp(-0.5 * x * x) / Math.Sqrt(2 * Math.PI), new(3e-6, 1e-9, 2e-6))
            with { HasBenchmark = true },
        Of<GeluTanh>(
            Ops.GeluTanh, x => x * Logistic(Inner(x)),
            x => Logistic(Inner(x)) + x * Logistic(Inner(x)) * Logistic(-Inner(x)) * 2 * Math.Sqrt(2 / Math.PI) * (1 + 0.134145 * x * x),
            new(3e-6, 1e-5, 2e-6)),
        Of<QuickGelu>(
            Ops.QuickGelu, x => x * Logistic(1.702 * x), x => Logistic(1.702 * x) * (1 + 1.702 * x * Logistic(-1.702 * x)), new(1e-5, 1e-30, 2e-6)),
        Of<Silu>(Ops.Silu, x => x * Logistic(x), x => Logistic(x) * (1 + x * Logistic(-x)), new(4e-7, 1e-30, 1e-6)),
        Of<Sigmoid>(Ops.Sigmoid, Logistic, x => Logistic(x) * Logistic(-x), new(3e-7, 1e-31, 5e-7)) with { HasBenchmark = true },
        Of<Tanh>(Ops.Tanh, Math.Tanh, x => 1 / Math.Pow(Math.Cosh(x), 2), new(4e-7, 1e-36, 1e-6)) with { HasBenchmark = true },
        Of<Softplus>(Ops.Softplus, Softplus, Logistic, new(4e-7, 1e-31, 5e-7)),
        Of<Exp>(Ops.Exp, Math.Exp, Math.Exp, new(1.3e-7, 1e-37, 2e-7)) with { HasBenchmark = true },
        Of<Log>(Ops.Log, Math.Log, x => 1 / x, new(2.4e-7, 1e-7, 3e-7)) with { IsOfPositive = true, Input = OpInput.Positive },
        Of<Sqrt>(Ops.Sqrt, Math.Sqrt, x => 0.5 / Math.Sqrt(x), new(6e-8, 0, 2e-7)) with { IsOfPositive = true, Input = OpInput.Positive },
        Of<Neg>(Ops.Neg, x => -x, _ => -1, new(0, 0, 0)) with { WithoutReference = "a sign has no rounding" },
    ];

    /// <summary>PyTorch's name.</summary>
    public required string Name { get; init; }

    /// <summary>The method of <see cref="Ops"/>.</summary>
    public required string Method { get; init; }

    public required Func<Tensor, Tensor> Op { get; init; }

    /// <summary>f and f′.</summary>
    public required Func<double, double> F { get; init; }

    public required Func<double, double> Slope { get; init; }

    public required UnaryBounds Bounds { get; init; }

    /// <summary>The operator on one lane: f(x), and f′(x, f(x)).</summary>
    public required Func<float, float> Scalar { get; init; }

    public required Func<float, float, float> ScalarSlope { get; init; }

    /// <inheritdoc cref="IUnaryOperator.DerivesFromOutput"/>
    public required bool DerivesFromOutput { get; init; }

    /// <summary>Launches the kernel: x, y, count.</summary>
    public required Action<IDevice, DeviceBuffer, DeviceBuffer, long> Launch { get; init; }

    /// <summary>Launches the backward kernel: what is saved, dy, dx, count.</summary>
    public required Action<IDevice, DeviceBuffer, DeviceBuffer, DeviceBuffer, long> LaunchBackward { get; init; }

    /// <summary>Where it has a gradient, and is not too steep for a difference quotient.</summary>
    public Func<Shape, OpInput> Input { get; private init; } = OpInput.Wide;

    /// <summary>Whether it is defined above zero alone.</summary>
    public bool IsOfPositive { get; private init; }

    /// <summary>Whether <c>ssp bench kernels</c> measures it.</summary>
    public bool HasBenchmark { get; private init; }

    /// <inheritdoc cref="OpEntry.WithoutReference"/>
    public string? WithoutReference { get; private init; }

    /// <summary>The function of an activation; null for none.</summary>
    public static UnaryFunction? Of(Activation activation) => activation == Activation.None ? null : All.Single(f => f.Name == activation.OperatorName());

    private static UnaryFunction Of<TOp>(Func<Tensor, Tensor> op, Func<double, double> f, Func<double, double> slope, UnaryBounds bounds)
        where TOp : struct, IUnaryOperator => new()
        {
            Name = TOp.Name,
            Method = typeof(TOp).Name,
            Op = op,
            F = f,
            Slope = slope,
            Bounds = bounds,
            Scalar = TOp.Invoke<ScalarMath, float>,
            ScalarSlope = TOp.Derivative<ScalarMath, float>,
            DerivesFromOutput = TOp.DerivesFromOutput,
            Launch = (device, x, y, count) => device.Launch(new UnaryCall<TOp>(x, y, count)),
            LaunchBackward = (device, saved, dy, dx, count) => device.Launch(new UnaryBackwardCall<TOp>(saved, dy, dx, count)),
        };

    private static double Logistic(double x) => 1 / (1 + Math.Exp(-x));

    // The normal distribution.
    private static double Phi(double x) => 0.5 * SpecialFunctions.Erfc(-x * Math.Sqrt(0.5));

    private static double Inner(double x) => 2 * Math.Sqrt(2 / Math.PI) * (x + 0.044715 * x * x * x);

    private static double Softplus(double x) => Math.Max(x, 0) + SpecialFunctions.Log1P(Math.Exp(-Math.Abs(x)));
}

/// <summary>
/// Values err by at most <paramref name="Relative"/> · (|f| + <paramref name="Floor"/>), derivatives by <paramref name="Slope"/> · (|f′| + 1). The floor
/// is for where the function crosses zero, or the definition in floats itself loses digits.
/// </summary>
internal readonly record struct UnaryBounds(double Relative, double Floor, double Slope);
