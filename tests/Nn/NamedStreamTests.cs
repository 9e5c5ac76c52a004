using SspNative.Engine;
using SspNative.Engine.Nn;
using SspNative.Tests.Support;
using Xunit;

namespace SspNative.Tests.Nn;

/// <summary>Numbers made from names are those that others make by the same sources.</summary>
[LeakCheck]
public sealed class NamedStreamTests
{
    [Fact]
    public void TheHashOfANameIsThePublishedOne() =>
        Assert.Equal(0xddca0717b0e8d5fful, NamedStream.Fnv1a64("audio_proj.0.weight"));

    [Fact]
    public void TheStreamOfANameIsThePublishedOne()
    {
        using var scope = new TensorScope();
        Tensor u = NamedStream.Uniform("audio_proj.0.weight", [4], seed: 1, 0f, 1f, TestDevices.Shared);
        Assert.Equal([0.658570408821106f, -0.8006085157394409f, 0.7109533548355103f, 0.5739448070526123f], u.ToArray());
    }

    [Fact]
    public void TheStreamGoesOnAcrossChunks()
    {
        using var scope = new TensorScope();
        const int Count = (1 << 20) + 40_000;
        float[] all = NamedStream.Uniform("x", [Count], seed: 3, 0f, 1f, TestDevices.Shared).ToArray();
        // A seed one higher is the same stream one step on.
        float[] shifted = NamedStream.Uniform("x", [Count], seed: 4, 0f, 1f, TestDevices.Shared).ToArray();
        Assert.Equal(all.AsSpan(1), shifted.AsSpan(0, Count - 1));
        Assert.All(all, u => Assert.InRange(u, -1f, 0.9999999f));
    }

    [Fact]
    public void CenterAndScaleMoveTheStream()
    {
        using var scope = new TensorScope();
        float[] u = NamedStream.Uniform("x", [64], seed: 3, 0f, 1f, TestDevices.Shared).ToArray();
        Assert.Equal(u.Select(v => 2f + 0.5f * v), NamedStream.Uniform("x", [64], seed: 3, 2f, 0.5f, TestDevices.Shared).ToArray());
    }

    /// <summary>Box and Muller, of the streams of a radius and of an angle.</summary>
    [Fact]
    public void NormalNumbersAreMadeOfTwoStreams()
    {
        using var scope = new TensorScope();
        const int Count = 20_000;
        float[] normal = NamedStream.Normal("x", [Count], seed: 5, 0.5, TestDevices.Shared).ToArray();
        float[] radius = NamedStream.Uniform("x.radius", [Count], seed: 5, 0f, 1f, TestDevices.Shared).ToArray();
        float[] angle = NamedStream.Uniform("x.angle", [Count], seed: 5, 0f, 1f, TestDevices.Shared).ToArray();
        Assert.Equal(radius.Zip(angle, (r, a) => (float)(0.5 * Math.Sqrt(-2 * Math.Log((1.0 - r) / 2)) * Math.Cos(Math.PI * (1.0 + a)))), normal);
        double mean = normal.Average(), deviation = Math.Sqrt(normal.Average(n => n * n));
        Assert.InRange(mean, -0.02, 0.02);
        Assert.InRange(deviation, 0.49, 0.51);
        // 1 in 20 lies beyond 1.96 deviations.
        Assert.InRange(normal.Count(n => Math.Abs(n) > 0.98) / (double)Count, 0.045, 0.055);
    }
}
