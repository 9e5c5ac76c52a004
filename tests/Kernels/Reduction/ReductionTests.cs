using SspNative.Kernels;
using SspNative.Kernels.Cpu;
using Xunit;

namespace SspNative.Tests.Kernels.Reduction;

public class ReductionTests
{
    public static TheoryData<CpuIsa> Isas => KernelData.Isas;

    public static TheoryData<CpuIsa, int, int, int> Blocks
    {
        get
        {
            (int Outer, int Reduced, int Inner)[] blocks =
            [
                (1, 1, 1), (3, 7, 1), (40, 49, 1), (1, 200_003, 1), (2, 70_001, 1), (1, 300, 3), (2, 5, 17),
                (3, 1000, 40), (1, 20_000, 19), (2, 130, 1100), (70, 6, 6),
            ];
            var data = new TheoryData<CpuIsa, int, int, int>();
            foreach (CpuIsa isa in CpuDevice.SupportedIsas)
                foreach ((int outer, int reduced, int inner) in blocks)
                    data.Add(isa, outer, reduced, inner);
            return data;
        }
    }

    [Theory]
    [MemberData(nameof(Blocks))]
    public void SumKeepsPrecision(CpuIsa isa, int outer, int reduced, int inner)
    {
        using var data = new KernelData(isa);
        float[] x = KernelData.Random((long)outer * reduced * inner, shift: 1f);
        DeviceBuffer bx = data.Up(x), by = data.Floats(outer * inner);
        var expected = new double[outer * inner];
        for (int i = 0; i < x.Length; i++)
            expected[i / inner / reduced * inner + i % inner] += 0.25 * x[i];
        float[] Run()
        {
            data.Launch(new SumCall(bx, by, outer, reduced, inner, 0.25f));
            return data.Down(by, outer * inner);
        }
        // Small sums can cancel, so the bound is relative to what was added.
        KernelData.Close(expected, Run(), 5e-7, reduced * 0.25);
        KernelData.SameOnAnyThreads(Run);
    }

    [Theory]
    [MemberData(nameof(Blocks))]
    public void MaxFindsTheFirstAndItsGradientReturns(CpuIsa isa, int outer, int reduced, int inner)
    {
        using var data = new KernelData(isa);
        // Few distinct values, so that maxima are tied; one NaN where there is room for it.
        float[] x = [.. KernelData.Random((long)outer * reduced * inner).Select(v => MathF.Round(2 * v))];
        if (x.Length > 100)
            x[77] = float.NaN;
        int results = outer * inner;
        DeviceBuffer by = data.Floats(results), indices = data.Longs(results);
        data.Launch(new MaxCall(data.Up(x), by, indices, outer, reduced, inner));
        float[] y = data.Down(by, results), dy = KernelData.Random(results, 3);
        long[] at = data.Down<long>(indices, results);
        var dx = new double[x.Length];
        for (int result = 0; result < results; result++)
        {
            int start = result / inner * reduced * inner + result % inner, best = 0;
            for (int r = 1; r < reduced; r++)
            {
                float value = x[start + r * inner], largest = x[start + best * inner];
                if (value > largest || (float.IsNaN(value) && !float.IsNaN(largest)))
                    best = r;
            }
            Assert.Equal(x[start + best * inner], y[result]);
            Assert.Equal(best, at[result]);
            dx[start + best * inner] = dy[result];
        }
        DeviceBuffer bdx = data.Floats(x.Length);
        data.Launch(new MaxBackwardCall(data.Up(dy), indices, bdx, outer, reduced, inner));
        KernelData.Close(dx, data.Down(bdx, x.Length), 0);
    }

    [Theory]
    [MemberData(nameof(Isas))]
    public void SumOfSquaresIsDoublePrecision(CpuIsa isa)
    {
        foreach (int n in new[] { 0, 1, 15, 2049, 150_001 })
        {
            using var data = new KernelData(isa);
            float[] x = KernelData.Random(n);
            DeviceBuffer bx = data.Up(x);
            double expected = x.Sum(v => (double)v * v);
            Assert.Equal(expected, data.SumOfSquares(bx, n), 1e-12 * expected);
            KernelData.SameOnAnyThreads(() => [(float)data.SumOfSquares(bx, n)]);
        }
    }

    [Theory]
    [MemberData(nameof(Isas))]
    public void AllFiniteSeesEveryElementAndNoOther(CpuIsa isa)
    {
        foreach (int n in new[] { 1, 5, 16, 33, 70_003 })
        {
            foreach (float bad in new[] { float.NaN, float.PositiveInfinity, float.NegativeInfinity })
            {
                using var data = new KernelData(isa);
                float[] x = KernelData.Random(n + 1);
                x[n] = bad;
                Assert.True(data.AllFinite(data.Up(x), n));
                (x[n], x[n / 2]) = (0f, bad);
                Assert.False(data.AllFinite(data.Up(x), n));
                (x[n / 2], x[n - 1]) = (float.MaxValue, bad);
                Assert.False(data.AllFinite(data.Up(x), n));
            }
        }
    }

    [Theory]
    [MemberData(nameof(Isas))]
    public void SoftmaxAndItsLogarithm(CpuIsa isa)
    {
        foreach (int columns in new[] { 1, 3, 16, 49, 71, 144, 2048 })
        {
            foreach (bool logarithm in new[] { false, true })
            {
                const int rows = 9;
                using var data = new KernelData(isa);
                float[] x = KernelData.Random(rows * columns, scale: 8f, shift: 50f), dy = KernelData.Random(x.Length, 2);
                if (columns > 2)
                    x[1] = float.NegativeInfinity;
                DeviceBuffer bx = data.Up(x), by = data.Floats(x.Length), bdx = data.Floats(x.Length);
                double[] y = new double[x.Length], dx = new double[x.Length];
                for (int row = 0; row < rows; row++)
                {
                    Range range = (row * columns)..((row + 1) * columns);
                    double largest = x[range].Max(), sum = x[range].Sum(v => Math.Exp(v - largest)), dot = 0, total = 0;
                    for (int i = row * columns; i < (row + 1) * columns; i++)
                    {
                        y[i] = logarithm ? x[i] - largest - Math.Log(sum) : Math.Exp(x[i] - largest) / sum;
                        dot += y[i] * dy[i];
                        total += dy[i];
                    }
                    for (int i = row * columns; i < (row + 1) * columns; i++)
                        dx[i] = logarithm ? dy[i] - Math.Exp(y[i]) * total : y[i] * (dy[i] - dot);
                }
                data.Launch(new SoftmaxCall(bx, by, rows, columns, logarithm));
                data.Launch(new SoftmaxBackwardCall(by, data.Up(dy), bdx, rows, columns, logarithm));
                float[] got = data.Down(by, x.Length);
                if (logarithm && columns > 2)
                    Assert.Equal(float.NegativeInfinity, got[1]);
                // Far below the maximum the rounding of x − max shows: half an ulp of 64.
                KernelData.Close(
                    [.. y.Select(Finite)], [.. got.Select(v => (float)Finite(v))], logarithm ? 5e-7 : 4e-6, logarithm ? 1 : 1e-30);
                KernelData.Close(dx, data.Down(bdx, x.Length), 1e-6, Math.Sqrt(columns));
            }
        }
    }

    [Theory]
    [MemberData(nameof(Isas))]
    public void SoftmaxRowsWithNaNAreNaN(CpuIsa isa)
    {
        using var data = new KernelData(isa);
        float[] x = KernelData.Random(3 * 21);
        x[25] = float.NaN;
        DeviceBuffer by = data.Floats(x.Length);
        data.Launch(new SoftmaxCall(data.Up(x), by, 3, 21, false));
        float[] y = data.Down(by, x.Length);
        Assert.All(y[..21], v => Assert.True(float.IsFinite(v)));
        Assert.All(y[21..42], v => Assert.True(float.IsNaN(v)));
        Assert.All(y[42..], v => Assert.True(float.IsFinite(v)));
    }

    private static double Finite(double x) => double.IsNegativeInfinity(x) ? -1e30 : x;

    private static double Finite(float x) => Finite((double)x);
}
