using SspNative.Kernels;
using Xunit;

namespace SspNative.Tests.Kernels.Attention;

/// <summary>One head of softmax attention and its gradients by plain loops in double precision.</summary>
internal sealed class NaiveAttention
{
    private readonly double[,] _q, _k, _v, _p;
    private readonly double _scale;

    public NaiveAttention(double[,] q, double[,] k, double[,] v, double scale, double[,] bias)
    {
        (_q, _k, _v, _scale) = (q, k, v, scale);
        int nq = q.GetLength(0), nk = k.GetLength(0);
        _p = new double[nq, nk];
        LogSumExp = new double[nq];
        for (int i = 0; i < nq; i++)
        {
            double max = double.NegativeInfinity, sum = 0;
            for (int j = 0; j < nk; j++)
            {
                double dot = 0;
                for (int c = 0; c < q.GetLength(1); c++)
                    dot += q[i, c] * k[j, c];
                _p[i, j] = scale * dot + bias[i, j];
                max = Math.Max(max, _p[i, j]);
            }
            for (int j = 0; j < nk; j++)
                sum += Math.Exp(_p[i, j] - max);
            LogSumExp[i] = max + Math.Log(sum);
            for (int j = 0; j < nk; j++)
                _p[i, j] = Math.Exp(_p[i, j] - LogSumExp[i]);
        }
        Output = Product(_p, v);
    }

    public double[,] Output { get; }

    public double[] LogSumExp { get; }

    /// <summary>Gradients of q, k, v and of the scores' bias for the gradient of the output.</summary>
    public (double[,] Dq, double[,] Dk, double[,] Dv, double[,] DBias) Backward(double[,] dy)
    {
        double[,] dp = Product(dy, Transpose(_v));
        double[,] ds = new double[_p.GetLength(0), _p.GetLength(1)], scaled = new double[ds.GetLength(0), ds.GetLength(1)];
        for (int i = 0; i < ds.GetLength(0); i++)
        {
            double d = 0;
            for (int j = 0; j < ds.GetLength(1); j++)
                d += _p[i, j] * dp[i, j];
            for (int j = 0; j < ds.GetLength(1); j++)
            {
                ds[i, j] = _p[i, j] * (dp[i, j] - d);
                scaled[i, j] = _scale * ds[i, j];
            }
        }
        return (Product(scaled, _k), Product(Transpose(scaled), _q), Product(Transpose(_p), dy), ds);
    }

    /// <summary>rms(actual − expected) ≤ tolerance · rms(expected), which counts as at least 1e-3.</summary>
    public static void NearlyEqual(double[] expected, float[] actual, double tolerance = 2e-6)
    {
        Assert.Equal(expected.Length, actual.Length);
        double error = 0, size = 1e-6 * expected.Length;
        for (int i = 0; i < expected.Length; i++)
        {
            error += (actual[i] - expected[i]) * (actual[i] - expected[i]);
            size += expected[i] * expected[i];
        }
        Assert.InRange(Math.Sqrt(error / size), 0, tolerance);
    }

    /// <summary>Device memory filled with NaN: a kernel must overwrite all of it.</summary>
    public static DeviceBuffer Unwritten(KernelData data, int count) => data.Up(Enumerable.Repeat(float.NaN, count).ToArray());

    private static double[,] Product(double[,] a, double[,] b)
    {
        var c = new double[a.GetLength(0), b.GetLength(1)];
        for (int i = 0; i < a.GetLength(0); i++)
            for (int l = 0; l < a.GetLength(1); l++)
                for (int j = 0; j < b.GetLength(1); j++)
                    c[i, j] += a[i, l] * b[l, j];
        return c;
    }

    private static double[,] Transpose(double[,] a)
    {
        var t = new double[a.GetLength(1), a.GetLength(0)];
        for (int i = 0; i < a.GetLength(0); i++)
            for (int j = 0; j < a.GetLength(1); j++)
                t[j, i] = a[i, j];
        return t;
    }
}
