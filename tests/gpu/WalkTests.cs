using SspNative.Kernels.Gpu;
using Xunit;

namespace SspNative.Gpu.Tests;

/// <summary>How a kernel finds an element of two operands: <see cref="Walk"/>.</summary>
public sealed class WalkTests
{
    [Fact]
    public void ElementsAreThoseOfNestedLoops()
    {
        long[] sizes = [2, 3, 2, 2, 3, 2], a = [0, 24, 0, 12, 0, 1], b = [36, 0, 18, 0, 5, 0];
        Walk walk = Walk.Of(7, 9, sizes, a, b);
        for (int i = 0; i < 144; i++)
        {
            (long atA, long atB) = (7, 9);
            for (int d = 5, rest = i; d >= 0; rest /= (int)sizes[d], d--)
                (atA, atB) = (atA + rest % sizes[d] * a[d], atB + rest % sizes[d] * b[d]);
            Assert.Equal((atA, atB), walk.At(i));
        }
    }

    [Fact]
    public void MoreDimensionsThanAKernelWalksAreRefused()
    {
        long[] seven = [2, 2, 2, 2, 2, 2, 2];
        Assert.StartsWith("7 dimensions", Assert.Throws<NotSupportedException>(() => Walk.Of(0, 0, seven, seven, seven)).Message);
    }
}
