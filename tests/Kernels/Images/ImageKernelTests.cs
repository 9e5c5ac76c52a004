using SspNative.Kernels;
using SspNative.Kernels.Cpu;
using Xunit;

namespace SspNative.Tests.Kernels.Images;

public class ImageKernelTests
{
    private static readonly PoolShape[] _pools =
        [new(2, 8, 8, 3, 2, 2), new(1, 9, 11, 40, 3, 2), new(2, 7, 7, 16, 3, 1), new(1, 13, 5, 1, 2, 3)];

    public static TheoryData<CpuIsa, ResampleShape> Resamplings
    {
        get
        {
            ResampleShape[] shapes =
            [
                new(1, 1, 1, 1, 3, 5), new(2, 7, 9, 1, 14, 18), new(2, 7, 9, 3, 13, 4), new(1, 12, 12, 20, 24, 24),
                new(1, 5, 6, 64, 5, 6), new(1, 31, 17, 1, 8, 50), new(2, 4, 4, 33, 1, 1), new(1, 24, 24, 1, 96, 96), new(2, 3, 4, 130, 5, 3),
            ];
            var data = new TheoryData<CpuIsa, ResampleShape>();
            foreach (CpuIsa isa in CpuDevice.SupportedIsas)
                foreach (ResampleShape shape in shapes)
                    data.Add(isa, shape);
            return data;
        }
    }

    public static TheoryData<CpuIsa, PoolShape> Pools
    {
        get
        {
            var data = new TheoryData<CpuIsa, PoolShape>();
            foreach (CpuIsa isa in CpuDevice.SupportedIsas)
                foreach (PoolShape shape in _pools)
                    data.Add(isa, shape);
            return data;
        }
    }

    [Theory]
    [MemberData(nameof(Resamplings))]
    public void BilinearIsItsDefinition(CpuIsa isa, ResampleShape s)
    {
        static (int At, double Weight)[] Taps(int i, int inputs, int outputs)
        {
            double x = Math.Max(0, (i + 0.5) * inputs / outputs - 0.5);
            int first = (int)x, second = Math.Min(first + 1, inputs - 1);
            return [(first, 1 - (x - first)), (second, x - first)];
        }
        CheckResampling(
            isa, s, Taps, (k, x, lateral, y) => k.Launch(new InterpolateBilinearCall(s, x, lateral, y)),
            (k, dy, dx) => k.Launch(new InterpolateBilinearBackwardCall(s, dy, dx)), true);
    }

    [Theory]
    [MemberData(nameof(Resamplings))]
    public void NearestIsItsDefinition(CpuIsa isa, ResampleShape s)
    {
        static (int At, double Weight)[] Taps(int i, int inputs, int outputs) =>
            [(Math.Min((int)(i * ((float)inputs / outputs)), inputs - 1), 1)];
        CheckResampling(
            isa, s, Taps, (k, x, _, y) => k.Launch(new InterpolateNearestCall(s, x, y)),
            (k, dy, dx) => k.Launch(new InterpolateNearestBackwardCall(s, dy, dx)), false);
    }

    [Theory]
    [MemberData(nameof(Resamplings))]
    public void GridSampleIsItsDefinition(CpuIsa isa, ResampleShape s)
    {
        using var data = new KernelData(isa);
        long inputs = (long)s.B * s.H * s.W * s.C, points = (long)s.B * s.Hout * s.Wout, outputs = points * s.C;
        // Some points lie outside, so that zero padding shows.
        float[] x = KernelData.Random(inputs), grid = KernelData.Random(points * 2, 2, 0.7f), dy = KernelData.Random(outputs, 3);
        // The first element of the map is each of the four corners once.
        for (int corner = 0; corner < Math.Min(4, points); corner++)
        {
            grid[2 * corner] = ((corner % 2 == 0 ? 0.8f : -0.8f) + 1) / s.W - 1;
            grid[2 * corner + 1] = ((corner / 2 == 0 ? 0.6f : -0.6f) + 1) / s.H - 1;
        }
        double[] y = new double[outputs], dx = new double[inputs], dGrid = new double[points * 2];
        for (long p = 0; p < points; p++)
        {
            double gx = ((grid[2 * p] + 1.0) * s.W - 1) / 2, gy = ((grid[2 * p + 1] + 1.0) * s.H - 1) / 2;
            for (int corner = 0; corner < 4; corner++)
            {
                double left = Math.Floor(gx) + corner % 2, top = Math.Floor(gy) + corner / 2;
                if (left < 0 || left >= s.W || top < 0 || top >= s.H)
                    continue;
                double wx = 1 - Math.Abs(gx - left), wy = 1 - Math.Abs(gy - top);
                for (int c = 0; c < s.C; c++)
                {
                    long from = ((p / (s.Hout * s.Wout) * s.H + (long)top) * s.W + (long)left) * s.C + c, to = p * s.C + c;
                    y[to] += wx * wy * x[from];
                    dx[from] += wx * wy * dy[to];
                    dGrid[2 * p] += (corner % 2 == 0 ? -1 : 1) * wy * x[from] * dy[to] * s.W / 2;
                    dGrid[2 * p + 1] += (corner / 2 == 0 ? -1 : 1) * wx * x[from] * dy[to] * s.H / 2;
                }
            }
        }
        DeviceBuffer bx = data.Up(x), bg = data.Up(grid), by = data.Floats(outputs), bdy = data.Up(dy);
        DeviceBuffer bdx = data.Floats(inputs), bdg = data.Floats(points * 2);
        data.Launch(new GridSampleCall(s, bx, bg, by));
        data.Launch(new GridSampleBackwardCall(s, bx, bg, bdy, bdx, bdg));
        // The position itself rounds in float: some 1e-7 of the side of the map.
        KernelData.Close(y, data.Down(by, outputs), 2e-5);
        KernelData.Close(dx, data.Down(bdx, inputs), 2e-5);
        KernelData.Close(dGrid, data.Down(bdg, points * 2), 2e-5, 10 * s.C);
    }

    // PyTorch's answer to such a position differs by device; NaN does not hide it.
    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    public void ASampleAtNoPositionIsNaN(int channels)
    {
        foreach (CpuIsa isa in CpuDevice.SupportedIsas)
        {
            using var data = new KernelData(isa);
            var s = new ResampleShape(1, 2, 2, channels, 1, 5);
            DeviceBuffer grid = data.Up([float.NaN, 0f, 0f, float.NaN, float.PositiveInfinity, 0f, 0f, float.NegativeInfinity, 0f, 0f]);
            DeviceBuffer y = data.Floats(5 * channels);
            data.Launch(new GridSampleCall(s, data.Up(KernelData.Random(4 * channels)), grid, y));
            float[] values = data.Down(y, 5 * channels);
            Assert.All(values[..^channels], v => Assert.True(float.IsNaN(v), $"{v}"));
            Assert.All(values[^channels..], v => Assert.True(float.IsFinite(v), $"{v}"));
        }
    }

    [Theory]
    [MemberData(nameof(Pools))]
    public void MaxPoolTakesTheFirstMaximum(CpuIsa isa, PoolShape s)
    {
        using var data = new KernelData(isa);
        int inputs = s.B * s.H * s.W * s.C, outputs = s.B * s.Hout * s.Wout * s.C;
        float[] x = [.. KernelData.Random(inputs).Select(v => MathF.Round(2 * v))], dy = KernelData.Random(outputs, 2);
        x[inputs / 2] = float.NaN;
        var y = new double[outputs];
        var at = new long[outputs];
        var dx = new double[inputs];
        for (int o = 0; o < outputs; o++)
        {
            (int b, int h, int w, int c) = Split(o, s.Hout, s.Wout, s.C);
            y[o] = double.NegativeInfinity;
            for (int i = h * s.Stride; i < h * s.Stride + s.Kernel; i++)
            {
                for (int j = w * s.Stride; j < w * s.Stride + s.Kernel; j++)
                {
                    float value = x[((b * s.H + i) * s.W + j) * s.C + c];
                    if (value > y[o] || (float.IsNaN(value) && !double.IsNaN(y[o])))
                        (y[o], at[o]) = (value, i * s.W + j);
                }
            }
            dx[(b * s.H * s.W + at[o]) * s.C + c] += dy[o];
        }
        DeviceBuffer by = data.Floats(outputs), indices = data.Longs(outputs), bdx = data.Floats(inputs);
        data.Launch(new MaxPool2dCall(s, data.Up(x), by, indices));
        data.Launch(new MaxPool2dBackwardCall(s, data.Up(dy), indices, bdx));
        KernelData.Close(y, data.Down(by, outputs), 0);
        Assert.Equal(at, data.Down<long>(indices, outputs));
        KernelData.Close(dx, data.Down(bdx, inputs), 5e-7);
    }

    [Theory]
    [MemberData(nameof(Pools))]
    public void AvgPoolIsItsDefinition(CpuIsa isa, PoolShape s)
    {
        using var data = new KernelData(isa);
        int inputs = s.B * s.H * s.W * s.C, outputs = s.B * s.Hout * s.Wout * s.C;
        float[] x = KernelData.Random(inputs), dy = KernelData.Random(outputs, 2);
        double[] y = new double[outputs], dx = new double[inputs];
        for (int o = 0; o < outputs; o++)
        {
            (int b, int h, int w, int c) = Split(o, s.Hout, s.Wout, s.C);
            for (int i = 0; i < s.Kernel * s.Kernel; i++)
            {
                int at = ((b * s.H + h * s.Stride + i / s.Kernel) * s.W + w * s.Stride + i % s.Kernel) * s.C + c;
                y[o] += x[at] / (double)(s.Kernel * s.Kernel);
                dx[at] += dy[o] / (double)(s.Kernel * s.Kernel);
            }
        }
        DeviceBuffer by = data.Floats(outputs), bdx = data.Floats(inputs);
        data.Launch(new AvgPool2dCall(s, data.Up(x), by));
        data.Launch(new AvgPool2dBackwardCall(s, data.Up(dy), bdx));
        KernelData.Close(y, data.Down(by, outputs), 5e-7);
        KernelData.Close(dx, data.Down(bdx, inputs), 5e-7);
    }

    private static (int B, int H, int W, int C) Split(int element, int height, int width, int channels) =>
        (element / channels / width / height, element / channels / width % height, element / channels % width, element % channels);

    /// <summary>Checks y = taps(x), dx = tapsᵀ(dy), and y = lateral + taps(x) in place where the kernel adds a lateral map.</summary>
    private static void CheckResampling(
        CpuIsa isa, ResampleShape s, Func<int, int, int, (int At, double Weight)[]> taps,
        Action<KernelData, DeviceBuffer, DeviceBuffer?, DeviceBuffer> forward, Action<KernelData, DeviceBuffer, DeviceBuffer> backward,
        bool addsLateral)
    {
        using var data = new KernelData(isa);
        int inputs = s.B * s.H * s.W * s.C, outputs = s.B * s.Hout * s.Wout * s.C;
        float[] x = KernelData.Random(inputs), dy = KernelData.Random(outputs, 2), lateral = KernelData.Random(outputs, 3);
        double[] y = new double[outputs], dx = new double[inputs];
        for (int o = 0; o < outputs; o++)
        {
            (int b, int h, int w, int c) = Split(o, s.Hout, s.Wout, s.C);
            foreach ((int i, double wi) in taps(h, s.H, s.Hout))
            {
                foreach ((int j, double wj) in taps(w, s.W, s.Wout))
                {
                    int at = ((b * s.H + i) * s.W + j) * s.C + c;
                    y[o] += wi * wj * x[at];
                    dx[at] += wi * wj * dy[o];
                }
            }
        }
        DeviceBuffer bx = data.Up(x), by = data.Floats(outputs), bdy = data.Up(dy);
        DeviceBuffer bdx = data.Floats(inputs), sum = data.Up(lateral);
        forward(data, bx, null, by);
        backward(data, bdy, bdx);
        KernelData.Close(y, data.Down(by, outputs), 3e-6);
        KernelData.Close(dx, data.Down(bdx, inputs), 3e-6, Math.Max(1, (double)outputs / inputs));
        forward(data, bx, sum, sum);
        float[] inPlace = data.Down(sum, outputs);
        KernelData.Close([.. y.Select((v, i) => v + (addsLateral ? lateral[i] : 0))], inPlace, 3e-6);
    }
}
