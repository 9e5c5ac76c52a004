using SspNative.Engine;
using SspNative.Kernels.Cpu;
using Xunit;

namespace SspNative.Tests.Operations;

/// <summary>Attention to a grid and of a grid give what ordinary attention gives over its pixels, made and normalised one by one.</summary>
public class GridAttentionTests
{
    private const float Epsilon = 1e-3f;

    public static TheoryData<CpuIsa, int[]> Cases
    {
        get
        {
            // B, Nq, H, W, features, positions: tiles and blocks of pixels and keys whole, not whole, and several.
            int[][] sizes = [[1, 1, 1, 1, 1, 1], [2, 5, 3, 7, 3, 5], [1, 33, 4, 40, 16, 34], [1, 64, 2, 600, 8, 6], [2, 200, 9, 13, 64, 18], [1, 700, 2, 19, 5, 4]];
            var data = new TheoryData<CpuIsa, int[]>();
            foreach (CpuIsa isa in CpuDevice.SupportedIsas)
                foreach (int[] size in sizes)
                    data.Add(isa, size);
            return data;
        }
    }

    [Theory, MemberData(nameof(Cases))]
    public void EqualsAttentionToPixelsMadeOneByOne(CpuIsa isa, int[] size)
    {
        (int b, int nq, int h, int w, int features, int positions) = (size[0], size[1], size[2], size[3], size[4], size[5]);
        using var device = new CpuDevice(isa);
        using (new TensorScope())
        {
            Tensor q = Random(device, 1, b, nq, features + positions), f = Random(device, 2, b, h * w, features);
            Tensor rows = Random(device, 3, h, positions), columns = Random(device, 4, w, positions), pixels = Pixels(f, rows, columns);
            AssertClose(Ops.Attention(q, pixels, pixels, 1, scale: 0.7f), Ops.GridAttention(q, f, rows, columns, 0.7f, Epsilon));
        }
        Assert.Equal(0, device.LiveBuffers);
    }

    [Theory, MemberData(nameof(Cases))]
    public void EqualsAttentionOfPixelsMadeOneByOne(CpuIsa isa, int[] size)
    {
        (int b, int nk, int h, int w, int features, int positions) = (size[0], size[1], size[2], size[3], size[4], size[5]);
        using var device = new CpuDevice(isa);
        using (new TensorScope())
        {
            Tensor k = Random(device, 1, b, nk, features + positions), v = Random(device, 5, b, nk, 19), bias = Random(device, 6, b, nk);
            Tensor f = Random(device, 2, b, h * w, features), rows = Random(device, 3, h, positions), columns = Random(device, 4, w, positions);
            // A bias is one more channel, which is one in every query.
            Tensor queries = Ops.Concat([Pixels(f, rows, columns), Tensor.Full([b, h * w, 1], 1f, device)], 2);
            Tensor keys = Ops.Concat([k, Ops.Reshape(bias, b, nk, 1)], 2);
            AssertClose(Ops.Attention(queries, keys, v, 1, scale: 0.7f), Ops.GridQueryAttention(f, rows, columns, k, bias, v, 0.7f, Epsilon));
        }
        Assert.Equal(0, device.LiveBuffers);
    }

    [Fact]
    public void ShapesThatDoNotFitAreNamed()
    {
        using var scope = new TensorScope();
        CpuDevice device = CpuDevice.Default;
        Tensor q = Random(device, 1, 1, 4, 8), f = Random(device, 2, 1, 6, 3), rows = Random(device, 3, 2, 5), columns = Random(device, 4, 3, 5);
        Assert.Equal([1, 4, 8], Ops.GridAttention(q, f, rows, columns, 1f).Shape.Dims.ToArray());
        AssertRefused("a grid of 2×4", () => Ops.GridAttention(q, f, rows, Random(device, 4, 4, 5), 1f));
        AssertRefused("equal channels", () => Ops.GridAttention(q, f, rows, Random(device, 4, 3, 6), 1f));
        AssertRefused("expected q", () => Ops.GridAttention(Random(device, 1, 4, 8), f, rows, columns, 1f));
        Tensor bias = Random(device, 5, 1, 4);
        Assert.Equal([1, 6, 8], Ops.GridQueryAttention(f, rows, columns, q, bias, q, 1f).Shape.Dims.ToArray());
        AssertRefused("a grid of 2×4", () => Ops.GridQueryAttention(f, rows, Random(device, 4, 4, 5), q, bias, q, 1f));
        AssertRefused("key counts differ", () => Ops.GridQueryAttention(f, rows, columns, q, Random(device, 5, 1, 3), q, 1f));
    }

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

    private static Tensor Pixels(Tensor features, Tensor rows, Tensor columns)
    {
        int b = features.Shape[0], h = rows.Shape[0], w = columns.Shape[0], positions = rows.Shape[1];
        Tensor position = Ops.Add(Ops.Reshape(rows, h, 1, positions), Ops.Reshape(columns, 1, w, positions));
        Tensor pixels = Ops.Concat([features, Ops.Expand(Ops.Reshape(position, 1, h * w, positions), [b, h * w, positions])], 2);
        int channels = pixels.Shape[2];
        return Ops.LayerNorm(pixels, Tensor.Full([channels], 1f, pixels.Device), Tensor.Zeros([channels], pixels.Device), Epsilon);
    }

    private static void AssertClose(Tensor expected, Tensor actual) => Assert.All(
        expected.ToArray().Zip(actual.ToArray()), pair => Assert.InRange(pair.Second, pair.First - 2e-5f, pair.First + 2e-5f));

    private static void AssertRefused(string message, Func<object> call) =>
        Assert.Contains(message, Assert.ThrowsAny<ArgumentException>(call).Message, StringComparison.Ordinal);

    private static Tensor Random(CpuDevice device, int seed, params int[] shape)
    {
        var random = new Random(seed);
        float[] values = [.. Enumerable.Range(0, shape.Aggregate((a, b) => a * b)).Select(_ => 2 * random.NextSingle() - 1)];
        return Tensor.FromArray(values, new(shape), device);
    }
}
