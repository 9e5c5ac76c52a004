using SspNative.Kernels;
using SspNative.Kernels.Cpu;
using SspNative.Kernels.Operators;
using Xunit;

namespace SspNative.Tests.Kernels.Elementwise;

public class ElementwiseTests
{
    public static TheoryData<CpuIsa> Isas => KernelData.Isas;

    public static TheoryData<CpuIsa, int[], int[]> Broadcasts
    {
        get
        {
            (int[] A, int[] B)[] pairs =
            [
                ([], []), ([1, 1], [1]), ([7, 33], [7, 33]), ([5, 19], [19]), ([5, 19], []), ([5, 19], [5, 1]),
                ([5, 1], [1, 19]), ([], [4, 5]), ([2, 3, 4, 5], [3, 1, 5]), ([2, 1, 4, 1], [3, 1, 5]),
                ([3, 1, 16], [3, 7, 16]), ([300, 100], [300, 1]), ([300, 100], [100]),
                ([1, 70, 3], [2, 70, 3]), ([129, 3], [129, 1]), ([0, 4], [4]), ([4, 0], [4, 1]),
            ];
            var data = new TheoryData<CpuIsa, int[], int[]>();
            foreach (CpuIsa isa in CpuDevice.SupportedIsas)
                foreach ((int[] a, int[] b) in pairs)
                    data.Add(isa, a, b);
            return data;
        }
    }

    [Theory]
    [MemberData(nameof(Isas))]
    public void UnaryAndBackwardTakeAnyLength(CpuIsa isa)
    {
        foreach (int n in Enumerable.Range(0, 71).Append(100_003))
        {
            using var data = new KernelData(isa);
            float[] x = KernelData.Random(n), dy = KernelData.Random(n, 2);
            DeviceBuffer bx = data.Up(x), by = data.Floats(n), bdx = data.Floats(n);
            data.Launch(new UnaryCall<Silu>(bx, by, n));
            data.Launch(new UnaryBackwardCall<Silu>(bx, data.Up(dy), bdx, n));
            KernelData.Close([.. x.Select(v => v / (1 + Math.Exp(-v)))], data.Down(by, n), 5e-7);
            double Slope(double v) => 1 / (1 + Math.Exp(-v)) * (1 + v / (1 + Math.Exp(v)));
            KernelData.Close([.. x.Zip(dy, (v, d) => d * Slope(v))], data.Down(bdx, n), 5e-7);
        }
    }

    [Theory]
    [MemberData(nameof(Broadcasts))]
    public void BinaryBroadcastsLikeNumPy(CpuIsa isa, int[] aDims, int[] bDims)
    {
        using var data = new KernelData(isa);
        Shape a = new(aDims), b = new(bDims), y = Shape.Broadcast(a, b, "test");
        float[] av = KernelData.Random(a.Count), bv = KernelData.Random(b.Count, 2);
        DeviceBuffer ba = data.Up(av), bb = data.Up(bv), by = data.Floats(y.Count);
        data.Launch(new BinaryCall<Sub>(ba, a, bb, b, by, y));
        var expected = new double[y.Count];
        for (long i = 0; i < y.Count; i++)
            expected[i] = av[Source(a, y, i)] - bv[Source(b, y, i)];
        KernelData.Close(expected, data.Down(by, y.Count), 1e-7);
        data.Launch(new BinaryCall<Div>(bb, b, ba, a, by, y));
        for (long i = 0; i < y.Count; i++)
            expected[i] = (double)bv[Source(b, y, i)] / av[Source(a, y, i)];
        KernelData.Close(expected, data.Down(by, y.Count), 1e-7);
    }

    [Theory]
    [MemberData(nameof(Isas))]
    public void BinaryMayWriteOverAnOperand(CpuIsa isa)
    {
        using var data = new KernelData(isa);
        Shape shape = new(37, 21), row = new(21);
        float[] av = KernelData.Random(shape.Count), bv = KernelData.Random(row.Count, 2);
        DeviceBuffer ba = data.Up(av);
        data.Launch(new BinaryCall<Add>(ba, shape, data.Up(bv), row, ba, shape));
        KernelData.Close([.. av.Select((v, i) => (double)v + bv[i % 21])], data.Down(ba, shape.Count), 1e-7);
    }

    [Theory]
    [MemberData(nameof(Isas))]
    public void AffineTakesAnyLength(CpuIsa isa) => AtLengths(isa, (data, x, bx) =>
    {
        DeviceBuffer y = data.Floats(x.Length);
        data.Launch(new AffineCall(bx, -2.5f, 0.75f, y, x.Length));
        KernelData.Close([.. x.Select(v => -2.5 * v + 0.75)], data.Down(y, x.Length), 2e-7);
    });

    [Theory]
    [MemberData(nameof(Isas))]
    public void LessThanTakesAnyLength(CpuIsa isa) => AtLengths(isa, (data, x, bx) =>
    {
        DeviceBuffer y = data.Bytes(x.Length);
        data.Launch(new LessThanCall(bx, 0.25f, y, x.Length));
        Assert.Equal([.. x.Select(v => (byte)(v < 0.25f ? 1 : 0))], data.Down<byte>(y, x.Length));
    });

    [Theory]
    [MemberData(nameof(Isas))]
    public void FillTakesAnyLength(CpuIsa isa) => AtLengths(isa, (data, x, _) =>
    {
        DeviceBuffer y = data.Floats(x.Length);
        data.Launch(new FillCall(y, 3.5f, x.Length));
        Assert.All(data.Down(y, x.Length), v => Assert.Equal(3.5f, v));
    });

    private static void AtLengths(CpuIsa isa, Action<KernelData, float[], DeviceBuffer> check)
    {
        foreach (int n in new[] { 0, 1, 17, 64, 40_001 })
        {
            using var data = new KernelData(isa);
            float[] x = KernelData.Random(n);
            if (n > 1)
                x[1] = float.NaN;
            check(data, x, data.Up(x));
        }
    }

    [Theory]
    [MemberData(nameof(Isas))]
    public void AdamWFollowsItsFormula(CpuIsa isa)
    {
        const int n = 20_003;
        using var data = new KernelData(isa);
        double[] p = [.. KernelData.Random(n)], m = new double[n], v = new double[n];
        DeviceBuffer bp = data.Up(p.Select(d => (float)d).ToArray()), bm = data.Up(new float[n]), bv = data.Up(new float[n]);
        const double lr = 1e-3, decay = 0.05, beta1 = 0.9, beta2 = 0.999, epsilon = 1e-8;
        for (int step = 1; step <= 3; step++)
        {
            float[] g = KernelData.Random(n, step);
            data.Launch(new AdamWCall([new AdamWTensor(bp, data.Up(g), bm, bv, n)], new AdamWStep(step, (float)lr, (float)decay, 0.9f, 0.999f, 1e-8f, 0.5f)));
            for (int i = 0; i < n; i++)
            {
                double gi = 0.5 * g[i];
                p[i] *= 1 - lr * decay;
                m[i] = beta1 * m[i] + (1 - beta1) * gi;
                v[i] = beta2 * v[i] + (1 - beta2) * gi * gi;
                double denominator = Math.Sqrt(v[i] / (1 - Math.Pow(beta2, step))) + epsilon;
                p[i] -= lr * m[i] / (1 - Math.Pow(beta1, step)) / denominator;
            }
        }
        KernelData.Close(p, data.Down(bp, n), 3e-7);
        KernelData.Close(m, data.Down(bm, n), 3e-7);
        KernelData.Close(v, data.Down(bv, n), 3e-7, 1e-4);
    }

    /// <summary>Where a broadcast operand holds the value for an element of the result.</summary>
    private static long Source(Shape operand, Shape result, long element)
    {
        long at = 0, step = 1;
        for (int i = 1; i <= result.Rank; i++)
        {
            long index = element % result[^i];
            element /= result[^i];
            if (i > operand.Rank)
                continue;
            at += operand[^i] == 1 ? 0 : index * step;
            step *= operand[^i];
        }
        return at;
    }
}
