using SspNative.Kernels;
using SspNative.Kernels.Cpu;
using SspNative.Kernels.Operators;
using SspNative.Lab.Catalogue;
using Xunit;

namespace SspNative.Tests.Kernels.Elementwise;

/// <summary>Every unary operator against its definition in double precision, over its whole range.</summary>
public class OperatorTests
{
    private static readonly float[] _special =
    [
        0f, -0f, float.NaN, 1e-38f, -1e-38f, 1e-20f, -1e-20f, 1e-6f, -1e-6f,
        87f, -87f, 89f, -89f, 104f, -104f, 1e4f, -1e4f, 1e15f, -1e15f,
    ];

    public static TheoryData<CpuIsa> Isas => KernelData.Isas;

    public static TheoryData<string, CpuIsa> Functions => OnEveryIsa(UnaryFunction.All);

    /// <summary>Values and derivatives, of the vector and the scalar forms, within the function's bounds, and f′ against central differences of f.</summary>
    [Theory]
    [MemberData(nameof(Functions))]
    public void ItIsAsNearItsDefinitionAsItSays(string name, CpuIsa isa)
    {
        UnaryFunction f = Find(name);
        (double relative, double floor, double slope) = f.Bounds;
        float[] x = [
            .. _special, .. KernelData.Random(20_000), .. KernelData.Random(5_000, 2, 30f), .. KernelData.Random(5_000, 3, 0.01f),
        ];
        if (f.IsOfPositive)
            x = [.. x.Select(Math.Abs).Where(v => v != 0)];
        using var data = new KernelData(isa);
        DeviceBuffer bx = data.Up(x), by = data.Floats(x.Length), bdx = data.Floats(x.Length);
        f.Launch(data.Device, bx, by, x.Length);
        f.LaunchBackward(data.Device, f.DerivesFromOutput ? by : bx, data.Up(x.Select(_ => 1f).ToArray()), bdx, x.Length);
        float[] y = data.Down(by, x.Length), dx = data.Down(bdx, x.Length);
        for (int i = 0; i < x.Length; i++)
        {
            Near(f.F(x[i]), y[i], relative, floor, $"{name}({x[i]})");
            Near(f.F(x[i]), f.Scalar(x[i]), Math.Max(relative, 1e-6), floor + 1e-7, $"scalar {name}({x[i]})");
            if (float.IsNaN(x[i]) || Math.Abs(x[i]) > 1e4)
                continue;
            Near(f.Slope(x[i]), dx[i], slope, 1, $"derivative of {name} at {x[i]}");
            Near(f.Slope(x[i]), f.ScalarSlope(x[i], y[i]), Math.Max(slope, 1e-6), 1, $"scalar derivative of {name} at {x[i]}");
            float claimed = f.DerivesFromOutput ? f.ScalarSlope(float.NaN, y[i]) : f.ScalarSlope(x[i], float.NaN);
            Assert.Equal(f.ScalarSlope(x[i], y[i]), claimed);
            double h = 1e-4 * Math.Max(1e-3, Math.Abs(x[i]));
            if (Math.Abs(x[i]) is > 1e-3f and < 20f)
                Near((f.F(x[i] + h) - f.F(x[i] - h)) / (2 * h), (float)f.Slope(x[i]), 1e-5, 1, $"difference of {name} at {x[i]}");
        }
    }

    /// <summary>The limits, or NaN where there is none.</summary>
    [Theory]
    [MemberData(nameof(Functions))]
    public void InfinitiesHaveTheirLimits(string name, CpuIsa isa)
    {
        UnaryFunction f = Find(name);
        using var data = new KernelData(isa);
        DeviceBuffer y = data.Floats(2);
        f.Launch(data.Device, data.Up([float.PositiveInfinity, float.NegativeInfinity]), y, 2);
        Assert.Equal([(float)f.F(double.PositiveInfinity), (float)f.F(double.NegativeInfinity)], data.Down(y, 2));
    }

    [Theory]
    [MemberData(nameof(Isas))]
    public void NegFlipsTheSignOfZero(CpuIsa isa)
    {
        using var data = new KernelData(isa);
        DeviceBuffer y = data.Floats(2);
        data.Launch(new UnaryCall<Neg>(data.Up([0f, -0f]), y, 2));
        Assert.Equal([true, false], data.Down(y, 2).Select(float.IsNegative));
    }

    /// <summary>A processor's lanes and a GPU's give the same numbers.</summary>
    [Theory]
    [MemberData(nameof(Functions))]
    public void OneLaneGivesTheSameBits(string name, CpuIsa isa)
    {
        UnaryFunction f = Find(name);
        float[] x = [.. _special.Where(v => !float.IsNaN(v)), .. KernelData.Random(20_000), .. KernelData.Random(5_000, 2, 30f)];
        using var data = new KernelData(isa);
        DeviceBuffer y = data.Floats(x.Length);
        f.Launch(data.Device, data.Up(x), y, x.Length);
        float[] wide = data.Down(y, x.Length);
        for (int i = 0; i < x.Length; i++)
            Assert.True(wide[i].Equals(f.Scalar(x[i])), $"{name}({x[i]:g9}): {wide[i]:g9} and {f.Scalar(x[i]):g9}");
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
    public void TheReferencesErfcIsThatOfTables(double x, double erfc) => Assert.InRange(SpecialFunctions.Erfc(x) / erfc, 1 - 1e-12, 1 + 1e-12);

    private static TheoryData<string, CpuIsa> OnEveryIsa(IEnumerable<UnaryFunction> functions)
    {
        var data = new TheoryData<string, CpuIsa>();
        foreach (UnaryFunction f in functions)
            foreach (CpuIsa isa in CpuDevice.SupportedIsas)
                data.Add(f.Name, isa);
        return data;
    }

    private static UnaryFunction Find(string name) => UnaryFunction.All.Single(f => f.Name == name);

    private static void Near(double expected, float actual, double tolerance, double floor, string what)
    {
        bool good = double.IsNaN(expected) ? float.IsNaN(actual)
            : Math.Abs(expected) > float.MaxValue ? actual == (float)expected
            : Math.Abs(expected - actual) <= tolerance * (Math.Abs(expected) + floor) + float.Epsilon;
        Assert.True(good, $"{what}: expected {expected:g9}, got {actual:g9}");
    }
}
