using SspNative.Kernels;
using SspNative.Kernels.Cpu;
using SspNative.Kernels.Operators;
using Xunit;

namespace SspNative.Tests.Kernels;

/// <summary>
/// Every unary operator against double precision over its whole range. Bounds are relative, with a floor in absolute
/// value where the function crosses zero or the float definition itself loses digits.
/// </summary>
public class OperatorTests
{
    private static readonly float[] _special =
    [
        0f, -0f, float.NaN, 1e-38f, -1e-38f, 1e-20f, -1e-20f, 1e-6f, -1e-6f,
        87f, -87f, 89f, -89f, 104f, -104f, 1e4f, -1e4f, 1e15f, -1e15f,
    ];

    public static TheoryData<CpuIsa> Isas => KernelData.Isas;

    [Theory]
    [MemberData(nameof(Isas))]
    public void ExpIsWithinOneUlp(CpuIsa isa) => Check<Exp>(isa, Math.Exp, Math.Exp, 1.3e-7, 1e-37, 2e-7);

    [Theory]
    [MemberData(nameof(Isas))]
    public void Gelu(CpuIsa isa) => Check<Gelu>(
        isa,
        x => 0.5 * x * Erfc(-x * Math.Sqrt(0.5)),
        x => 0.5 * Erfc(-x * Math.Sqrt(0.5)) + x * Math.Exp(-0.5 * x * x) / Math.Sqrt(2 * Math.PI),
        3e-6,
        1e-9,
        2e-6);

    [Theory]
    [MemberData(nameof(Isas))]
    public void GeluTanh(CpuIsa isa)
    {
        static double Inner(double x) => 2 * Math.Sqrt(2 / Math.PI) * (x + 0.044715 * x * x * x);
        Check<GeluTanh>(
            isa,
            x => x * Logistic(Inner(x)),
            x => Logistic(Inner(x))
                + x * Logistic(Inner(x)) * Logistic(-Inner(x)) * 2 * Math.Sqrt(2 / Math.PI) * (1 + 0.134145 * x * x),
            3e-6,
            1e-5,
            2e-6);
    }

    [Theory]
    [MemberData(nameof(Isas))]
    public void QuickGelu(CpuIsa isa) => Check<QuickGelu>(
        isa, x => x * Logistic(1.702 * x), x => Logistic(1.702 * x) * (1 + 1.702 * x * Logistic(-1.702 * x)), 1e-5, 1e-30, 2e-6);

    [Theory]
    [MemberData(nameof(Isas))]
    public void Silu(CpuIsa isa) => Check<Silu>(
        isa, x => x * Logistic(x), x => Logistic(x) * (1 + x * Logistic(-x)), 4e-7, 1e-30, 1e-6);

    [Theory]
    [MemberData(nameof(Isas))]
    public void Sigmoid(CpuIsa isa) => Check<Sigmoid>(isa, Logistic, x => Logistic(x) * Logistic(-x), 3e-7, 1e-31, 5e-7);

    [Theory]
    [MemberData(nameof(Isas))]
    public void TanhKeepsRelativePrecisionAtZero(CpuIsa isa) =>
        Check<Tanh>(isa, Math.Tanh, x => 1 / Math.Pow(Math.Cosh(x), 2), 4e-7, 1e-36, 1e-6);

    [Theory]
    [MemberData(nameof(Isas))]
    public void SoftplusKeepsRelativePrecisionFarBelowZero(CpuIsa isa) => Check<Softplus>(
        isa, x => Math.Max(x, 0) + Log1P(Math.Exp(-Math.Abs(x))), Logistic, 4e-7, 1e-31, 5e-7);

    [Theory]
    [MemberData(nameof(Isas))]
    public void Relu(CpuIsa isa) => Check<Relu>(isa, x => Math.Max(x, 0), x => x > 0 ? 1 : 0, 0, 0, 0);

    [Theory]
    [MemberData(nameof(Isas))]
    public void Neg(CpuIsa isa) => Check<Neg>(isa, x => -x, _ => -1, 0, 0, 0);

    [Theory]
    [MemberData(nameof(Isas))]
    public void LogIsWithinTwoUlp(CpuIsa isa) => Check<Log>(isa, Math.Log, x => 1 / x, 2.4e-7, 1e-7, 3e-7, Math.Abs);

    [Theory]
    [MemberData(nameof(Isas))]
    public void Sqrt(CpuIsa isa) => Check<Sqrt>(isa, Math.Sqrt, x => 0.5 / Math.Sqrt(x), 6e-8, 0, 2e-7, Math.Abs);

    [Theory]
    [MemberData(nameof(Isas))]
    public void NegFlipsTheSignOfZero(CpuIsa isa)
    {
        using var data = new KernelData(isa);
        SspNative.Kernels.DeviceBuffer y = data.Floats(2);
        data.Launch(new UnaryCall<Neg>(data.Up([0f, -0f]), y, 2));
        Assert.Equal([true, false], data.Down(y, 2).Select(float.IsNegative));
    }

    [Theory]
    [MemberData(nameof(Isas))]
    public void InfinitiesHaveTheirLimits(CpuIsa isa)
    {
        Assert.Equal([float.PositiveInfinity, 0f], Infinities<Exp>(isa));
        Assert.Equal([1f, 0f], Infinities<Sigmoid>(isa));
        Assert.Equal([1f, -1f], Infinities<Tanh>(isa));
        Assert.Equal([float.PositiveInfinity, 0f], Infinities<Relu>(isa));
        Assert.Equal([float.PositiveInfinity, 0f], Infinities<Softplus>(isa));
        Assert.Equal([float.PositiveInfinity, float.NaN], Infinities<Log>(isa));
        Assert.Equal([float.PositiveInfinity, float.NaN], Infinities<Sqrt>(isa));
        Assert.Equal([float.PositiveInfinity, float.NaN], Infinities<Gelu>(isa));
        Assert.Equal([float.PositiveInfinity, float.NaN], Infinities<Silu>(isa));
    }

    /// <summary>A processor's lanes and a GPU's give the same numbers, but for logarithms, of which every machine has its own.</summary>
    [Theory]
    [MemberData(nameof(Isas))]
    public void OneLaneGivesTheSameBits(CpuIsa isa)
    {
        SameBits<Exp>(isa);
        SameBits<Gelu>(isa);
        SameBits<GeluTanh>(isa);
        SameBits<Log>(isa);
        SameBits<Neg>(isa);
        SameBits<QuickGelu>(isa);
        SameBits<Relu>(isa);
        SameBits<Sigmoid>(isa);
        SameBits<Silu>(isa);
        SameBits<Softplus>(isa);
        SameBits<Sqrt>(isa);
        SameBits<Tanh>(isa);
    }

    private static void SameBits<TOp>(CpuIsa isa) where TOp : struct, IUnaryOperator
    {
        float[] x = [.. _special.Where(v => !float.IsNaN(v)), .. KernelData.Random(20_000), .. KernelData.Random(5_000, 2, 30f)];
        using var data = new KernelData(isa);
        SspNative.Kernels.DeviceBuffer y = data.Floats(x.Length);
        data.Launch(new UnaryCall<TOp>(data.Up(x), y, x.Length));
        float[] wide = data.Down(y, x.Length);
        for (int i = 0; i < x.Length; i++)
            Assert.True(wide[i].Equals(TOp.Invoke<ScalarMath, float>(x[i])), $"{TOp.Name}({x[i]:g9}): {wide[i]:g9} and {TOp.Invoke<ScalarMath, float>(x[i]):g9}");
    }

    private static float[] Infinities<TOp>(CpuIsa isa) where TOp : struct, IUnaryOperator
    {
        using var data = new KernelData(isa);
        SspNative.Kernels.DeviceBuffer y = data.Floats(2);
        data.Launch(new UnaryCall<TOp>(data.Up([float.PositiveInfinity, float.NegativeInfinity]), y, 2));
        return data.Down(y, 2);
    }

    /// <summary>
    /// Values within tolerance · (|f| + floor) and derivatives within slopeTolerance · (|f′| + 1), of the vector and the
    /// scalar forms, and f′ against central differences of f.
    /// </summary>
    private static void Check<TOp>(
        CpuIsa isa, Func<double, double> f, Func<double, double> slope, double tolerance, double floor, double slopeTolerance,
        Func<float, float>? domain = null)
        where TOp : struct, IUnaryOperator
    {
        float[] x = [
            .. _special, .. KernelData.Random(20_000), .. KernelData.Random(5_000, 2, 30f), .. KernelData.Random(5_000, 3, 0.01f),
        ];
        if (domain is not null)
            x = [.. x.Select(domain).Where(v => v != 0)];
        using var data = new KernelData(isa);
        SspNative.Kernels.DeviceBuffer bx = data.Up(x), by = data.Floats(x.Length), bdx = data.Floats(x.Length);
        data.Launch(new UnaryCall<TOp>(bx, by, x.Length));
        data.Launch(new UnaryBackwardCall<TOp>(TOp.DerivesFromOutput ? by : bx, data.Up(x.Select(_ => 1f).ToArray()), bdx, x.Length));
        float[] y = data.Down(by, x.Length), dx = data.Down(bdx, x.Length);
        for (int i = 0; i < x.Length; i++)
        {
            Near(f(x[i]), y[i], tolerance, floor, $"{TOp.Name}({x[i]})");
            Near(f(x[i]), TOp.Invoke<ScalarMath, float>(x[i]), Math.Max(tolerance, 1e-6), floor + 1e-7, $"scalar {TOp.Name}({x[i]})");
            if (float.IsNaN(x[i]) || Math.Abs(x[i]) > 1e4)
                continue;
            Near(slope(x[i]), dx[i], slopeTolerance, 1, $"derivative of {TOp.Name} at {x[i]}");
            Near(
                slope(x[i]), TOp.Derivative<ScalarMath, float>(x[i], y[i]), Math.Max(slopeTolerance, 1e-6), 1, $"scalar derivative of {TOp.Name} at {x[i]}");
            float claimed = TOp.DerivesFromOutput ? TOp.Derivative<ScalarMath, float>(float.NaN, y[i]) : TOp.Derivative<ScalarMath, float>(x[i], float.NaN);
            Assert.Equal(TOp.Derivative<ScalarMath, float>(x[i], y[i]), claimed);
            double h = 1e-4 * Math.Max(1e-3, Math.Abs(x[i]));
            if (Math.Abs(x[i]) is > 1e-3f and < 20f)
                Near((f(x[i] + h) - f(x[i] - h)) / (2 * h), (float)slope(x[i]), 1e-5, 1, $"difference of {TOp.Name} at {x[i]}");
        }
    }

    private static void Near(double expected, float actual, double tolerance, double floor, string what)
    {
        bool good = double.IsNaN(expected) ? float.IsNaN(actual)
            : Math.Abs(expected) > float.MaxValue ? actual == (float)expected
            : Math.Abs(expected - actual) <= tolerance * (Math.Abs(expected) + floor) + float.Epsilon;
        Assert.True(good, $"{what}: expected {expected:g9}, got {actual:g9}");
    }

    private static double Logistic(double x) => 1 / (1 + Math.Exp(-x));

    // By other formulas than the operator's own: a series of positive terms (Kummer's transformation of erf's), and beyond it the trapezoidal rule
    // for erfc(x) = 2/π · e^(−x²) · ∫ x/(x²+t²) · e^(−t²) dt over t > 0 (Chiarella and Reichel 1968), which errs by e^(−2πx/h).
    private static double Erfc(double x)
    {
        const double h = 0.25;
        if (x < 0)
            return 2 - Erfc(-x);
        double decay = Math.Exp(-x * x);
        if (x < 2)
        {
            double term = x, sum = x;
            for (int n = 1; term > 1e-18 * sum; n++)
                sum += term *= 2 * x * x / (2 * n + 1);
            return 1 - 2 / Math.Sqrt(Math.PI) * decay * sum;
        }
        double half = 0.5 / x;
        for (int n = 1; n * h < 7; n++)
            half += x / (x * x + n * h * n * h) * Math.Exp(-n * h * n * h);
        return 2 / Math.PI * h * decay * half;
    }

    // erfc to sixteen digits, from tables.
    [Theory]
    [InlineData(0, 1)]
    [InlineData(0.5, 0.4795001221869535)]
    [InlineData(1, 0.1572992070502851)]
    [InlineData(2, 0.004677734981047266)]
    [InlineData(3, 2.209049699858544e-5)]
    [InlineData(5, 1.5374597944280349e-12)]
    [InlineData(-1, 1.8427007929497148)]
    public void TheReferencesErfcIsThatOfTables(double x, double erfc) => Assert.InRange(Erfc(x) / erfc, 1 - 1e-12, 1 + 1e-12);

    private static double Log1P(double e) => e < 1e-5 ? e - e * e / 2 : Math.Log(1 + e);
}
