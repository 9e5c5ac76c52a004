using SspNative.Kernels;
using Xunit;

namespace SspNative.Gpu.Tests;

/// <summary>Deformable attention at sizes of several groups, with odd dimensions and crowded cells.</summary>
[Trait("speed", "slow")]
public sealed class DeformableAttentionTests : GpuTest
{
    // As on the CPU, but for the order of sums.
    private const double Tolerance = 1e-5;

    public static TheoryData<DeformableAttentionShape, float> Shapes => new()
    {
        { new(1, 300, 8, 32, 4, [(5, 6), (10, 12), (20, 24)]), 1f },
        { new(2, 33, 3, 1, 3, [(4, 9)]), 1f },
        { new(1, 70, 2, 20, 5, [(3, 3), (1, 7), (9, 1), (2, 2)]), 1f },
        { new(1, 17, 1, 130, 9, [(6, 7), (3, 4)]), 1f },
        { new(1, 9, 2, 516, 2, [(6, 7), (3, 4)]), 1f },
        { new(1, 5, 2, 3, 100, [(6, 7)]), 1f },
        { new(1, 400, 2, 64, 4, [(7, 7), (14, 14)]), 0.01f },
        { new(2, 1500, 1, 8, 2, [(7, 9)]), 0.02f },
        { new(1, 0, 2, 8, 2, [(3, 4)]), 1f },
    };

    [SkippableTheory]
    [MemberData(nameof(Shapes))]
    public void ResultsAreThoseOfTheCpu(DeformableAttentionShape shape, float spread)
    {
        using var host = new HostBuffers();
        DeviceBuffer value = host.Uniform(shape.Values, 1), weights = host.Uniform(shape.Samples, 2), dy = host.Uniform(shape.Outputs, 3);
        DeviceBuffer locations = host.Uniform(2 * shape.Samples, 4, 0.5f - 0.6f * spread, 0.5f + 0.6f * spread);
        HostBuffers.Compare(new DeformableAttentionCall(shape, value, locations, weights, host.Room<float>(shape.Outputs)), Gpu);
        HostBuffers.Compare(
            new DeformableAttentionBackwardCall(
                shape, value, locations, weights, dy, host.Room<float>(shape.Values), host.Room<float>(2 * shape.Samples), host.Room<float>(shape.Samples)),
            Gpu, Tolerance);
    }

    /// <summary>A location that is no number makes its query's result NaN; one that is far outside adds nothing.</summary>
    [SkippableFact]
    public void LocationsMayBeAnything()
    {
        using var host = new HostBuffers();
        float[] special = [float.NaN, float.PositiveInfinity, float.NegativeInfinity, 0f, 3e38f, -3e38f, -1f, 1f, -1e9f, 0.5f];
        var shape = new DeformableAttentionShape(1, special.Length * special.Length, 1, 4, 1, [(5, 6)]);
        DeviceBuffer locations = host.Of<float>([.. special.SelectMany(x => special.SelectMany(y => new[] { x, y }))]);
        HostBuffers.Compare(
            new DeformableAttentionCall(shape, host.Uniform(shape.Values, 1), locations, host.Uniform(shape.Samples, 2), host.Room<float>(shape.Outputs)),
            Gpu);
    }
}
