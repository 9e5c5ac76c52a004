using SspNative.Kernels;
using Xunit;

namespace SspNative.Gpu.Tests;

/// <summary>Pools and resampling at sizes of several groups, with the CPU's bits.</summary>
[Trait("speed", "slow")]
public sealed class ImagesTests : GpuTest
{
    // As on the CPU, but for the order of a sum.
    private const double Tolerance = 1e-5;

    public static TheoryData<int, int, int, int, int, int> Pools => new()
    {
        { 2, 9, 11, 5, 3, 2 },
        { 1, 65, 130, 8, 2, 2 },
        { 3, 7, 7, 1, 3, 1 },
        { 1, 6, 6, 260, 5, 1 },
        { 1, 11, 10, 4, 2, 3 },
        { 2, 31, 33, 64, 3, 1 },
    };

    public static TheoryData<int, int, int, int, int, int> Sizes => new()
    {
        { 1, 1, 1, 1, 7, 5 },
        { 2, 9, 7, 1, 33, 150 },
        { 1, 48, 50, 3, 12, 13 },
        { 1, 24, 20, 8, 47, 40 },
        { 3, 30, 31, 12, 7, 90 },
        { 1, 3, 200, 1, 300, 3 },
        { 1, 12, 12, 256, 24, 24 },
    };

    [SkippableTheory]
    [MemberData(nameof(Pools))]
    public void PoolsHaveTheBitsOfTheCpu(int b, int h, int w, int c, int kernel, int stride)
    {
        using var host = new HostBuffers();
        var shape = new PoolShape(b, h, w, c, kernel, stride);
        float[] values = Random(shape.Inputs, 1);
        DeviceBuffer x = host.Of(values), dy = host.Uniform(shape.Outputs, 2), y = host.Room<float>(shape.Outputs), indices = host.Room<long>(shape.Outputs);
        HostBuffers.Compare(new MaxPool2dCall(shape, x, y, indices), Gpu);
        HostBuffers.Compare(new MaxPool2dBackwardCall(shape, dy, indices, host.Room<float>(shape.Inputs)), Gpu);
        HostBuffers.Compare(new AvgPool2dCall(shape, x, y), Gpu);
        HostBuffers.Compare(new AvgPool2dBackwardCall(shape, dy, host.Room<float>(shape.Inputs)), Gpu);
    }

    [SkippableFact]
    public void AMaximumOrdersNaNLikeInfinity()
    {
        using var host = new HostBuffers();
        var shape = new PoolShape(1, 20, 20, 3, 3, 2);
        float[] special = [float.NaN, float.PositiveInfinity, float.NegativeInfinity, 0f, -0f, 1f];
        var random = new Random(3);
        DeviceBuffer x = host.Of<float>([.. Enumerable.Range(0, (int)shape.Inputs).Select(_ => special[random.Next(special.Length)])]);
        HostBuffers.Compare(new MaxPool2dCall(shape, x, host.Room<float>(shape.Outputs), host.Room<long>(shape.Outputs)), Gpu);
    }

    [SkippableTheory]
    [MemberData(nameof(Sizes))]
    public void InterpolationHasTheBitsOfTheCpu(int b, int h, int w, int c, int hout, int wout)
    {
        using var host = new HostBuffers();
        var shape = new ResampleShape(b, h, w, c, hout, wout);
        DeviceBuffer x = host.Uniform(shape.Inputs, 1), lateral = host.Uniform(shape.Outputs, 2), y = host.Room<float>(shape.Outputs);
        HostBuffers.Compare(new InterpolateBilinearCall(shape, x, null, y), Gpu);
        HostBuffers.Compare(new InterpolateBilinearCall(shape, x, lateral, y), Gpu);
        HostBuffers.Compare(new InterpolateBilinearCall(shape, x, lateral, lateral), Gpu);
        HostBuffers.Compare(new InterpolateBilinearBackwardCall(shape, lateral, host.Room<float>(shape.Inputs)), Gpu);
        HostBuffers.Compare(new InterpolateNearestCall(shape, x, y), Gpu);
        HostBuffers.Compare(new InterpolateNearestBackwardCall(shape, lateral, host.Room<float>(shape.Inputs)), Gpu);
    }

    [SkippableTheory]
    [MemberData(nameof(Sizes))]
    public void GridSamplesAreThoseOfTheCpu(int b, int h, int w, int c, int hout, int wout)
    {
        using var host = new HostBuffers();
        var shape = new ResampleShape(b, h, w, c, hout, wout);
        DeviceBuffer x = host.Uniform(shape.Inputs, 1), grid = host.Uniform(2L * b * hout * wout, 2, -1.3f, 1.3f), dy = host.Uniform(shape.Outputs, 3);
        HostBuffers.Compare(new GridSampleCall(shape, x, grid, host.Room<float>(shape.Outputs)), Gpu);
        HostBuffers.Compare(Backward(host, shape, x, grid, dy), Gpu, Tolerance);
    }

    [SkippableFact]
    public void SamplesAtNaNAndInfinityAreNaN()
    {
        using var host = new HostBuffers();
        float[] special = [float.NaN, float.PositiveInfinity, float.NegativeInfinity, 0f, 3e38f, -3e38f, -1f, 1f, -1.1f, 1e9f];
        var shape = new ResampleShape(1, 5, 6, 3, special.Length, special.Length);
        DeviceBuffer grid = host.Of<float>([.. special.SelectMany(x => special.SelectMany(y => new[] { x, y }))]);
        DeviceBuffer x = host.Uniform(shape.Inputs, 1), dy = host.Uniform(shape.Outputs, 3);
        HostBuffers.Compare(new GridSampleCall(shape, x, grid, host.Room<float>(shape.Outputs)), Gpu);
        HostBuffers.Compare(Backward(host, shape, x, grid, dy), Gpu, Tolerance);
    }

    /// <summary>Thousands of samples in one cell are added in pieces.</summary>
    [SkippableTheory]
    [InlineData(1)]
    [InlineData(6)]
    [InlineData(8)]
    public void CrowdedCellsAreAddedToo(int channels)
    {
        using var host = new HostBuffers();
        var shape = new ResampleShape(2, 6, 5, channels, 50, 41);
        var random = new Random(4);
        // Half of them in one cell, a third in another, the others anywhere.
        DeviceBuffer grid = host.Of<float>([.. Enumerable.Range(0, 2 * 50 * 41).SelectMany(_ => random.Next(6) switch
        {
            0 or 1 or 2 => Near(random, 0.05f, -0.1f),
            3 or 4 => Near(random, -0.95f, 0.5f),
            _ => [2.4f * random.NextSingle() - 1.2f, 2.4f * random.NextSingle() - 1.2f],
        })]);
        HostBuffers.Compare(Backward(host, shape, host.Uniform(shape.Inputs, 1), grid, host.Uniform(shape.Outputs, 3)), Gpu, Tolerance);
    }

    private static float[] Near(Random random, float x, float y) => [x + 0.01f * random.NextSingle(), y + 0.01f * random.NextSingle()];

    private static GridSampleBackwardCall Backward(HostBuffers host, ResampleShape shape, DeviceBuffer x, DeviceBuffer grid, DeviceBuffer dy) =>
        new(shape, x, grid, dy, host.Room<float>(shape.Inputs), host.Room<float>(2L * shape.B * shape.Hout * shape.Wout));

    private static float[] Random(long count, int seed)
    {
        var random = new Random(seed);
        // Of few different values, so that maxima occur twice.
        return [.. Enumerable.Range(0, (int)count).Select(_ => random.Next(50) / 7f - 3f)];
    }
}
