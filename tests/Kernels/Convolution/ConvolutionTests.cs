using SspNative.Kernels;
using SspNative.Kernels.Cpu;
using SspNative.Tests.Kernels.Matrix;
using Xunit;

namespace SspNative.Tests.Kernels.Convolution;

public sealed class ConvolutionTests
{
    private static readonly ConvShape[] _shapes =
    [
        new(B: 2, H: 9, W: 7, Cin: 5, Cout: 6, Kh: 3, Kw: 3, Stride: 1, Padding: 1, Groups: 1),
        new(B: 1, H: 12, W: 11, Cin: 3, Cout: 33, Kh: 7, Kw: 7, Stride: 2, Padding: 3, Groups: 1),
        new(B: 2, H: 8, W: 12, Cin: 3, Cout: 16, Kh: 4, Kw: 4, Stride: 4, Padding: 0, Groups: 1),
        new(B: 2, H: 10, W: 9, Cin: 3, Cout: 7, Kh: 4, Kw: 4, Stride: 4, Padding: 0, Groups: 1),
        new(B: 2, H: 6, W: 5, Cin: 40, Cout: 36, Kh: 1, Kw: 1, Stride: 1, Padding: 0, Groups: 1),
        new(B: 1, H: 7, W: 8, Cin: 6, Cout: 4, Kh: 1, Kw: 1, Stride: 2, Padding: 0, Groups: 1),
        new(B: 2, H: 8, W: 8, Cin: 12, Cout: 8, Kh: 3, Kw: 3, Stride: 2, Padding: 1, Groups: 4),
        new(B: 2, H: 9, W: 10, Cin: 20, Cout: 20, Kh: 3, Kw: 3, Stride: 1, Padding: 1, Groups: 20),
        new(B: 1, H: 9, W: 10, Cin: 18, Cout: 18, Kh: 5, Kw: 5, Stride: 2, Padding: 2, Groups: 18),
        new(B: 1, H: 5, W: 9, Cin: 2, Cout: 3, Kh: 2, Kw: 5, Stride: 3, Padding: 2, Groups: 1),
        new(B: 1, H: 14, W: 13, Cin: 64, Cout: 48, Kh: 3, Kw: 3, Stride: 1, Padding: 1, Groups: 1),
        new(B: 1, H: 14, W: 13, Cin: 64, Cout: 96, Kh: 3, Kw: 3, Stride: 1, Padding: 1, Groups: 1),
        new(B: 3, H: 11, W: 6, Cin: 96, Cout: 32, Kh: 3, Kw: 3, Stride: 1, Padding: 0, Groups: 1),
        new(B: 2, H: 6, W: 9, Cin: 288, Cout: 32, Kh: 3, Kw: 3, Stride: 1, Padding: 2, Groups: 1),
        new(B: 2, H: 30, W: 25, Cin: 32, Cout: 64, Kh: 3, Kw: 3, Stride: 1, Padding: 1, Groups: 1),
        new(B: 2, H: 7, W: 31, Cin: 1, Cout: 33, Kh: 3, Kw: 3, Stride: 1, Padding: 1, Groups: 1),
        new(B: 2, H: 50, W: 37, Cin: 1, Cout: 64, Kh: 3, Kw: 3, Stride: 1, Padding: 1, Groups: 1),
        new(B: 1, H: 53, W: 44, Cin: 6, Cout: 70, Kh: 5, Kw: 3, Stride: 2, Padding: 1, Groups: 2),
        new(B: 2, H: 30, W: 3, Cin: 3, Cout: 18, Kh: 2, Kw: 3, Stride: 3, Padding: 3, Groups: 3),
        new(B: 1, H: 15, W: 16, Cin: 1, Cout: 5, Kh: 10, Kw: 10, Stride: 1, Padding: 2, Groups: 1),
        new(B: 1, H: 4, W: 4, Cin: 3, Cout: 2, Kh: 1, Kw: 1, Stride: 1, Padding: 2, Groups: 1),
    ];

    private static readonly Dictionary<ConvShape, Expected> _expected = [];

    public static TheoryData<CpuIsa> Isas => [.. CpuDevice.SupportedIsas];

    [Theory]
    [MemberData(nameof(Isas))]
    public void ForwardAndGradientsAgreeWithDoublePrecision(CpuIsa isa)
    {
        foreach (CpuConvolution convolution in Enum.GetValues<CpuConvolution>())
        {
            using var device = new CpuDevice(isa, convolution);
            foreach (ConvShape shape in _shapes)
                Check(device, shape);
        }
    }

    [Theory]
    [InlineData(33, 40, 2)]
    [InlineData(32, 64, 1)]
    [InlineData(1, 64, 1)]
    [InlineData(3, 40, 2)]
    public void GradientsDoNotDependOnTheNumberOfThreads(int channels, int outputs, int stride)
    {
        using var device = new CpuDevice(CpuDevice.SupportedIsas.Max());
        var shape = new ConvShape(B: 2, H: 40, W: 36, Cin: channels, Cout: outputs, Kh: 3, Kw: 3, Stride: stride, Padding: 1, Groups: 1);
        int threads = CpuThreads.Count;
        (float[] dx, float[] dWeight) = Gradients(device, shape);
        try
        {
            CpuThreads.Count = 1;
            (float[] serialDx, float[] serialDWeight) = Gradients(device, shape);
            Assert.Equal(serialDx, dx);
            Assert.Equal(serialDWeight, dWeight);
        }
        finally
        {
            CpuThreads.Count = threads;
        }
    }

    private static (float[] Dx, float[] DWeight) Gradients(CpuDevice device, ConvShape s)
    {
        var random = new Random(3);
        float[] x = DeviceArrays.Values(random, s.B * s.H * s.W * s.Cin);
        float[] dy = DeviceArrays.Values(random, s.B * s.Hout * s.Wout * s.Cout);
        float[] weight = DeviceArrays.Values(random, s.Cout * s.Cin * s.Kh * s.Kw);
        using var memory = new DeviceArrays(device);
        DeviceBuffer dyBuffer = memory.Upload(dy), dx = memory.Upload(x), dWeight = memory.Upload(weight);
        device.Launch(new Conv2dBackwardInputCall(s, dyBuffer, memory.Upload(weight), dx));
        device.Launch(new Conv2dBackwardWeightCall(s, memory.Upload(x), dyBuffer, dWeight));
        return (memory.Download(dx, x.Length), memory.Download(dWeight, weight.Length));
    }

    // In double precision, the same for all instruction sets and ways to convolve.
    private static Expected Of(ConvShape s)
    {
        if (_expected.TryGetValue(s, out Expected? known))
            return known;
        var random = new Random(3);
        float[] x = DeviceArrays.Values(random, s.B * s.H * s.W * s.Cin);
        float[] dy = DeviceArrays.Values(random, s.B * s.Hout * s.Wout * s.Cout);
        float[] weight = DeviceArrays.Values(random, s.Cout * s.Cin / s.Groups * s.Kh * s.Kw);
        float[] bias = DeviceArrays.Values(random, s.Cout);
        var y = new double[dy.Length];
        var dx = new double[x.Length];
        var dWeight = new double[weight.Length];
        foreach ((int output, int input, int w) in Products(s))
        {
            y[output] += (double)x[input] * weight[w];
            dx[input] += (double)dy[output] * weight[w];
            dWeight[w] += (double)dy[output] * x[input];
        }
        float[] activated = Floats(y.Select((value, i) => Math.Max(0, value + bias[i % s.Cout])));
        return _expected[s] = new Expected(x, dy, weight, bias, Floats(y), activated, Floats(dx), Floats(dWeight));
    }

    private static void Check(CpuDevice device, ConvShape s)
    {
        (float[] x, float[] dy, float[] weight, float[] bias, float[] y, float[] activated, float[] dx, float[] dWeight) = Of(s);
        using var memory = new DeviceArrays(device);
        DeviceBuffer xBuffer = memory.Upload(x), dyBuffer = memory.Upload(dy), weightBuffer = memory.Upload(weight);
        DeviceBuffer result = memory.Upload(new float[dy.Length]);
        DeviceBuffer dxBuffer = memory.Upload(Noise(x)), dwBuffer = memory.Upload(Noise(weight));
        device.Launch(new Conv2dCall(s, xBuffer, weightBuffer, null, result, Activation.None));
        MatrixAssert.Close(y, memory.Download(result, y.Length), $"y of {s}");
        device.Launch(new Conv2dCall(s, xBuffer, weightBuffer, memory.Upload(bias), result, Activation.Relu));
        MatrixAssert.Close(activated, memory.Download(result, y.Length), $"biased y of {s}");
        device.Launch(new Conv2dBackwardInputCall(s, dyBuffer, weightBuffer, dxBuffer));
        MatrixAssert.Close(dx, memory.Download(dxBuffer, dx.Length), $"dx of {s}");
        device.Launch(new Conv2dBackwardWeightCall(s, xBuffer, dyBuffer, dwBuffer));
        MatrixAssert.Close(dWeight, memory.Download(dwBuffer, dWeight.Length), $"dWeight of {s}");
    }

    // Every product of the convolution as (index in y, index in x, index in weight).
    private static IEnumerable<(int Output, int Input, int Weight)> Products(ConvShape s)
    {
        int channels = s.Cin / s.Groups, outputs = s.Cout / s.Groups;
        for (int pixel = 0; pixel < s.B * s.Hout * s.Wout; pixel++)
        {
            int b = pixel / (s.Hout * s.Wout), oy = pixel / s.Wout % s.Hout, ox = pixel % s.Wout;
            for (int o = 0; o < s.Cout; o++)
            {
                for (int tap = 0; tap < s.Kh * s.Kw; tap++)
                {
                    int iy = oy * s.Stride - s.Padding + tap / s.Kw, ix = ox * s.Stride - s.Padding + tap % s.Kw;
                    if (iy < 0 || iy >= s.H || ix < 0 || ix >= s.W)
                        continue;
                    for (int c = 0; c < channels; c++)
                    {
                        int input = ((b * s.H + iy) * s.W + ix) * s.Cin + o / outputs * channels + c;
                        yield return (pixel * s.Cout + o, input, (o * channels + c) * s.Kh * s.Kw + tap);
                    }
                }
            }
        }
    }

    private sealed record Expected(
        float[] X, float[] Dy, float[] Weight, float[] Bias, float[] Y, float[] Activated, float[] Dx, float[] DWeight);

    // Gradients are stored, not added: what the buffer held must not show.
    private static float[] Noise(float[] like) => [.. like.Select(_ => 99f)];

    private static float[] Floats(IEnumerable<double> values) => [.. values.Select(value => (float)value)];
}
