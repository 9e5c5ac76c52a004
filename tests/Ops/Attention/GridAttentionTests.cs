using SspNative.Engine;
using SspNative.Tests.Support;
using Xunit;

namespace SspNative.Tests.Operations.Attention;

/// <summary>Attention to a grid and of a grid is for inference alone.</summary>
public sealed class GridAttentionTests : DeviceTest
{
    [Fact]
    public void NeitherCanBeRecorded()
    {
        using var scope = new TensorScope();
        Tensor q = Uniform([1, 4, 8], 1), f = Uniform([1, 6, 3], 2), rows = Uniform([2, 5], 3), columns = Uniform([3, 5], 4);
        f.RequiresGrad = true;
        using var tape = new GradientTape();
        AssertRefused("grid_key_attention", () => Ops.GridKeyAttention(q, f, rows, columns, 1f));
        AssertRefused("grid_query_attention", () => Ops.GridQueryAttention(f, rows, columns, q, Uniform([1, 4], 5), q, 1f));
    }

    // 65,536 · 65,537 is 65,536 in 32 bits.
    [Fact]
    public void AGridOfOtherFeaturesIsRefused()
    {
        using var scope = new TensorScope();
        Tensor features = Uniform([1, 65_536, 1], 1), rows = Uniform([65_536, 1], 2), columns = Uniform([65_537, 1], 3), q = Uniform([1, 1, 2], 4);
        Assert.Contains(
            "a grid of 65536×65537 needs features (1, 4295032832, C)",
            Assert.Throws<ArgumentException>(() => Ops.GridKeyAttention(q, features, rows, columns, 1f)).Message);
    }

    private static void AssertRefused(string op, Func<Tensor> run) => Assert.Equal(
        $"{op} has no gradient; use Ops.Attention over Ops.LayerNorm under a tape", Assert.Throws<InvalidOperationException>(run).Message);
}
