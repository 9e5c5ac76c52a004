using SspNative.Kernels;
using Xunit;

namespace SspNative.Gpu.Tests;

/// <summary>Matrix products and convolutions of several tiles and parts, compared with the CPU, and with themselves from run to run.</summary>
[Trait("speed", "slow")]
public sealed class MatrixTests : GpuTest
{
    // Of the largest number of a result: sums have another order.
    private const double Tolerance = 1e-5;

    /// <summary>m, n, k: one of each kind of tile, whole or not; k beyond whole steps; and long sums, which are computed in parts.</summary>
    public static TheoryData<int, int, int> Products => new()
    {
        { 1, 1, 1 },
        { 1, 500, 333 },
        { 500, 1, 64 },
        { 7, 260, 100 },
        { 31, 33, 15 },
        { 65, 67, 17 },
        { 96, 160, 48 },
        { 1500, 1410, 36 },
        { 1409, 1501, 19 },
        { 40, 24, 5000 },
        { 33, 45, 4099 },
    };

    /// <summary>Images, height, width, channels in and out, kernel, stride, padding, groups.</summary>
    public static TheoryData<int, int, int, int, int, int, int, int, int> Convolutions => new()
    {
        { 2, 9, 11, 8, 40, 3, 1, 1, 1 },
        { 1, 40, 41, 64, 72, 3, 1, 1, 1 },
        { 2, 33, 30, 3, 96, 4, 4, 0, 1 },
        { 1, 35, 35, 1, 16, 3, 1, 1, 1 },
        { 2, 24, 24, 20, 12, 3, 2, 1, 1 },
        { 1, 15, 17, 12, 12, 3, 1, 1, 12 },
        { 1, 15, 17, 24, 16, 5, 2, 2, 4 },
        { 3, 20, 21, 48, 33, 1, 1, 0, 1 },
        { 1, 9, 9, 6, 10, 2, 3, 0, 2 },
        { 2, 70, 64, 16, 20, 3, 1, 1, 1 },
    };

    [SkippableTheory]
    [MemberData(nameof(Products))]
    public void ProductsAreThoseOfTheCpu(int m, int n, int k)
    {
        using var host = new HostBuffers();
        foreach ((bool aTransposed, bool bTransposed) in new[] { (false, true), (false, false), (true, false), (true, true) })
        {
            // Odd strides and offsets for one, whole quads for the other.
            int gap = aTransposed == bTransposed ? 3 : 4 - n % 4;
            MatrixView a = Matrix(host, m, k, aTransposed, 0, 1), b = Matrix(host, k, n, bTransposed, gap, 2);
            HostBuffers.Compare(new GemmCall(m, n, k, a, b, Matrix(host, m, n, false, 0, 3)), Gpu, Tolerance);
            // What lies between rows of C is as before.
            HostBuffers.Compare(new GemmCall(m, n, k, a, b, Matrix(host, m, n, false, gap, 3), Accumulate: true), Gpu, Tolerance);
        }
    }

    [SkippableTheory]
    [InlineData(70, 90, 40)]
    [InlineData(20, 36, 4500)]
    public void WhatFollowsAProductIsAsOnTheCpu(int m, int n, int k)
    {
        using var host = new HostBuffers();
        MatrixView a = Matrix(host, m, k, false, 0, 1), b = Matrix(host, k, n, true, 0, 2), c = Matrix(host, m, n, false, 0, 3);
        DeviceBuffer bias = host.Uniform(n, 4), residual = host.Uniform(c.Buffer.ByteLength / 4, 5), pre = host.Room<float>(c.Buffer.ByteLength / 4);
        HostBuffers.Compare(new GemmCall(m, n, k, a, b, c, Accumulate: true), Gpu, Tolerance);
        foreach (Activation activation in Enum.GetValues<Activation>())
            HostBuffers.Compare(new GemmCall(m, n, k, a, b, c, false, bias, activation, residual, pre), Gpu, Tolerance);
    }

    [SkippableFact]
    public void ItemsThatShareAnOutputAreAddedUp()
    {
        using var host = new HostBuffers();
        foreach ((int m, int n, int k) in new[] { (20, 12, 35), (70, 130, 33), (150, 17, 64) })
        {
            DeviceBuffer a = host.Uniform(6L * m * k, 1), b = host.Uniform(6L * k * n, 2);
            long itemA = (long)m * k, itemB = (long)k * n, itemC = (long)m * n;
            BatchLayout own = new(new BatchAxis(3, itemA, itemB, itemC)), one = new(new BatchAxis(6, itemA, itemB, 0));
            BatchLayout two = new(new BatchAxis(3, 2 * itemA, 0, 0), new BatchAxis(2, itemA, itemB, itemC)), none = new(new BatchAxis(0, itemA, itemB, itemC));
            foreach ((BatchLayout batch, int outputs) in new[] { (own, 3), (one, 1), (two, 2), (none, 0) })
            {
                MatrixView c = new(host.Uniform(outputs * itemC, 3), 0, n);
                var product = new GemmCall(m, n, k, new MatrixView(a, 0, k), new MatrixView(b, 0, n), c);
                HostBuffers.Compare(new GemmBatchedCall(product, batch), Gpu, Tolerance);
                HostBuffers.Compare(new GemmBatchedCall(product with { Accumulate = true }, batch), Gpu, Tolerance);
            }
        }
    }

    [SkippableTheory]
    [InlineData(400, 160)]
    [InlineData(4608, 1024)]
    [InlineData(5000, 20)]
    public void ARowDoesNotDependOnTheRowsBesideIt(int k, int n)
    {
        using var host = new HostBuffers();
        float[] few = Product(5), many = Product(300);
        Assert.Equal(few, many[..few.Length]);

        float[] Product(int rows)
        {
            MatrixView a = Matrix(host, 300, k, false, 0, 1), b = Matrix(host, k, n, true, 0, 2);
            float[] y = new float[rows * n];
            DeviceBuffer[] onGpu = [Upload(a.Buffer), Upload(b.Buffer), Gpu.Allocate(4L * y.Length)];
            Gpu.Launch(new GemmCall(rows, n, k, a with { Buffer = onGpu[0] }, b with { Buffer = onGpu[1] }, new MatrixView(onGpu[2], 0, n)));
            byte[] bytes = new byte[4 * y.Length];
            Gpu.CopyToHost(onGpu[2], bytes);
            foreach (DeviceBuffer buffer in onGpu)
                buffer.Release();
            return FloatsOf(bytes);
        }
    }

    [SkippableTheory]
    [MemberData(nameof(Convolutions))]
    public void ConvolutionsAreThoseOfTheCpu(int b, int h, int w, int cin, int cout, int kernel, int stride, int padding, int groups)
    {
        using var host = new HostBuffers();
        var shape = new ConvShape(b, h, w, cin, cout, kernel, kernel, stride, padding, groups);
        DeviceBuffer x = host.Uniform(shape.Inputs, 1), weight = host.Uniform(shape.Weights, 2), dy = host.Uniform(shape.Outputs, 3);
        HostBuffers.Compare(new Conv2dCall(shape, x, weight, host.Uniform(cout, 4), host.Room<float>(shape.Outputs), Activation.Relu), Gpu, Tolerance);
        HostBuffers.Compare(new Conv2dCall(shape, x, weight, null, host.Room<float>(shape.Outputs), Activation.None), Gpu, Tolerance);
        HostBuffers.Compare(new Conv2dBackwardInputCall(shape, dy, weight, host.Room<float>(shape.Inputs)), Gpu, Tolerance);
        HostBuffers.Compare(new Conv2dBackwardWeightCall(shape, x, dy, host.Room<float>(shape.Weights)), Gpu, Tolerance);
    }

    [SkippableFact]
    public void NothingIsKept()
    {
        using var host = new HostBuffers();
        int before = Gpu.LiveBuffers;
        var shape = new ConvShape(1, 9, 9, 4, 4, 3, 3, 2, 1, 1);
        HostBuffers.Compare(
            new Conv2dBackwardInputCall(shape, host.Uniform(shape.Outputs, 1), host.Uniform(shape.Weights, 2), host.Room<float>(shape.Inputs)), Gpu, Tolerance);
        Assert.Equal(before, Gpu.LiveBuffers);
    }

    private static MatrixView Matrix(HostBuffers host, int rows, int columns, bool transposed, int gap, int seed)
    {
        int stride = (transposed ? rows : columns) + gap, lines = transposed ? columns : rows;
        return new MatrixView(host.Uniform(gap + (long)lines * stride, seed), gap, stride, transposed);
    }

    private static DeviceBuffer Upload(DeviceBuffer onCpu)
    {
        byte[] bytes = new byte[onCpu.ByteLength];
        Cpu.CopyToHost(onCpu, bytes);
        DeviceBuffer buffer = Gpu.Allocate(bytes.Length);
        Gpu.CopyFromHost(bytes, buffer);
        return buffer;
    }
}
