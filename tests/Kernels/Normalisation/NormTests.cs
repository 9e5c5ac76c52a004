using SspNative.Kernels;
using SspNative.Kernels.Cpu;
using Xunit;

namespace SspNative.Tests.Kernels.Normalisation;

public class NormTests
{
    private const double Epsilon = 1e-5;

    private static readonly (int, int, int, int)[] _maps =
        [(1, 1, 4, 2), (2, 35, 6, 3), (3, 49, 256, 32), (1, 2000, 24, 8), (2, 77, 64, 1)];

    public static TheoryData<CpuIsa, int, int> Rows
    {
        get
        {
            var data = new TheoryData<CpuIsa, int, int>();
            foreach (CpuIsa isa in CpuDevice.SupportedIsas)
                foreach ((int rows, int channels) in new[] { (1, 1), (5, 3), (37, 96), (300, 322), (20, 768), (1, 1031) })
                    data.Add(isa, rows, channels);
            return data;
        }
    }

    public static TheoryData<CpuIsa, int, int, int, int> Maps
    {
        get
        {
            var data = new TheoryData<CpuIsa, int, int, int, int>();
            foreach (CpuIsa isa in CpuDevice.SupportedIsas)
                foreach ((int b, int p, int c, int g) in _maps)
                    data.Add(isa, b, p, c, g);
            return data;
        }
    }

    [Theory]
    [MemberData(nameof(Rows))]
    public void LayerNormForwardAndBackward(CpuIsa isa, int rows, int channels) =>
        Check(isa, rows, 1, channels, 1,
            (data, x, w, b, y, m, r) => data.Launch(new LayerNormCall(x, w, b, y, m, r, rows, channels, (float)Epsilon)),
            (data, x, w, m, r, dy, dx, dw, db) => data.Launch(new LayerNormBackwardCall(x, w, m, r, dy, dx, dw, db, rows, channels)));

    [Theory]
    [MemberData(nameof(Maps))]
    public void GroupNormForwardAndBackward(CpuIsa isa, int batch, int positions, int channels, int groups) =>
        Check(isa, batch, positions, channels, groups,
            (data, x, w, b, y, m, r) =>
                data.Launch(new GroupNormCall(x, w, b, y, m, r, batch, positions, channels, groups, (float)Epsilon)),
            (data, x, w, m, r, dy, dx, dw, db) =>
                data.Launch(new GroupNormBackwardCall(x, w, m, r, dy, dx, dw, db, batch, positions, channels, groups)));

    [Theory]
    [InlineData(CpuIsa.Portable)]
    public void LayerNormNeedsNoStatistics(CpuIsa isa)
    {
        using var data = new KernelData(isa);
        DeviceBuffer x = data.Up(KernelData.Random(30)), w = data.Up(KernelData.Random(10));
        DeviceBuffer y = data.Floats(30), z = data.Floats(30);
        data.Launch(new LayerNormCall(x, w, w, y, null, null, 3, 10, (float)Epsilon));
        data.Launch(new LayerNormCall(x, w, w, z, data.Floats(3), data.Floats(3), 3, 10, (float)Epsilon));
        Assert.Equal(data.Down(z, 30), data.Down(y, 30));
    }

    private delegate void Forward(
        KernelData data, DeviceBuffer x, DeviceBuffer w, DeviceBuffer b, DeviceBuffer y, DeviceBuffer mean, DeviceBuffer rstd);

    private delegate void Backward(
        KernelData data, DeviceBuffer x, DeviceBuffer w, DeviceBuffer mean, DeviceBuffer rstd, DeviceBuffer dy, DeviceBuffer dx,
        DeviceBuffer dw, DeviceBuffer db);

    /// <summary>Compares with the formula in double precision, on data whose mean is four standard deviations from zero.</summary>
    private static void Check(CpuIsa isa, int batch, int positions, int channels, int groups, Forward forward, Backward backward)
    {
        using var data = new KernelData(isa);
        int n = batch * positions * channels, width = channels / groups, count = width * positions;
        float[] x = KernelData.Random(n, 1, 1f, 4f), w = KernelData.Random(channels, 2);
        float[] bias = KernelData.Random(channels, 3), dy = KernelData.Random(n, 4);
        double[] y = new double[n], dx = new double[n], dw = new double[channels], db = new double[channels];
        for (int group = 0; group < batch * groups; group++)
        {
            int[] elements = [.. Enumerable.Range(0, n)
                .Where(i => i / (positions * channels) * groups + i % channels / width == group)];
            double mean = elements.Average(i => (double)x[i]);
            double rstd = 1 / Math.Sqrt(elements.Average(i => (x[i] - mean) * (x[i] - mean)) + Epsilon);
            double gradient = elements.Sum(i => (double)dy[i] * w[i % channels]) / count;
            double projection = elements.Sum(i => (double)dy[i] * w[i % channels] * (x[i] - mean) * rstd) / count;
            foreach (int i in elements)
            {
                int c = i % channels;
                double normal = (x[i] - mean) * rstd;
                y[i] = normal * w[c] + bias[c];
                dx[i] = rstd * (dy[i] * w[c] - gradient - normal * projection);
                dw[c] += dy[i] * normal;
                db[c] += dy[i];
            }
        }
        DeviceBuffer bx = data.Up(x), bw = data.Up(w), by = data.Floats(n);
        DeviceBuffer bm = data.Floats(batch * groups), br = data.Floats(batch * groups);
        DeviceBuffer bdy = data.Up(dy), bdx = data.Floats(n), bdw = data.Floats(channels), bdb = data.Floats(channels);
        forward(data, bx, bw, data.Up(bias), by, bm, br);
        backward(data, bx, bw, bm, br, bdy, bdx, bdw, bdb);
        KernelData.Close(y, data.Down(by, n), 2e-6);
        // With one or two elements in a group the gradient cancels but for rounding, which rstd magnifies.
        KernelData.Close(dx, data.Down(bdx, n), count <= 2 ? 1e-4 : 2e-6);
        KernelData.Close(dw, data.Down(bdw, channels), 2e-6, Math.Sqrt(n / channels));
        KernelData.Close(db, data.Down(bdb, channels), 2e-6, Math.Sqrt(n / channels));
    }
}
