using SspNative.Engine;
using SspNative.Kernels.Cpu;
using Xunit;

namespace SspNative.Tests.Operations;

/// <summary>Attention to a grid and of a grid is for inference alone.</summary>
public class GridAttentionTests
{
    [Fact]
    public void NeitherCanBeRecorded()
    {
        using var scope = new TensorScope();
        CpuDevice device = CpuDevice.Default;
        Tensor q = Random(device, 1, 1, 4, 8), f = Random(device, 2, 1, 6, 3), rows = Random(device, 3, 2, 5), columns = Random(device, 4, 3, 5);
        f.RequiresGrad = true;
        using var tape = new GradientTape();
        Assert.Throws<InvalidOperationException>(() => Ops.GridAttention(q, f, rows, columns, 1f));
        Assert.Throws<InvalidOperationException>(() => Ops.GridQueryAttention(f, rows, columns, q, Random(device, 5, 1, 4), q, 1f));
    }

    private static Tensor Random(CpuDevice device, int seed, params int[] shape)
    {
        var random = new Random(seed);
        float[] values = [.. Enumerable.Range(0, shape.Aggregate((a, b) => a * b)).Select(_ => 2 * random.NextSingle() - 1)];
        return Tensor.FromArray(values, new(shape), device);
    }
}
