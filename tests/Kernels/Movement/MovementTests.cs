using SspNative.Kernels;
using SspNative.Kernels.Cpu;
using Xunit;

namespace SspNative.Tests.Kernels.Movement;

public class MovementTests
{
    public static TheoryData<CpuIsa> Isas => KernelData.Isas;

    public static TheoryData<int[], int[], int> Permutations
    {
        get
        {
            (int[] Dims, int[] Order)[] cases =
            [
                ([], []), ([1], [0]), ([70_001], [0]), ([37, 53], [1, 0]), ([8, 8], [1, 0]), ([130, 67], [1, 0]),
                ([2, 3, 35, 41], [0, 2, 3, 1]), ([2, 35, 41, 3], [0, 3, 1, 2]), ([3, 4, 5, 6, 7], [4, 2, 0, 3, 1]),
                ([2, 6, 7, 6, 7, 32], [0, 1, 3, 2, 4, 5]), ([5, 17, 9], [1, 0, 2]),
                ([2, 300, 64], [0, 2, 1]), ([4, 1, 9, 1], [3, 2, 1, 0]),
            ];
            var data = new TheoryData<int[], int[], int>();
            foreach ((int[] dims, int[] order) in cases)
                foreach (int size in new[] { 1, 2, 4, 8 })
                    data.Add(dims, order, size);
            return data;
        }
    }

    [Theory]
    [MemberData(nameof(Permutations))]
    public void CopyPermutesIntoASubBlockAndTouchesNothingElse(int[] dims, int[] order, int elementSize)
    {
        foreach (CpuIsa isa in CpuDevice.SupportedIsas)
        {
            using var data = new KernelData(isa);
            int rank = dims.Length;
            // The destination is the permuted block with a border of one element in every dimension.
            int[] outDims = [.. order.Select(i => dims[i])], padded = [.. outDims.Select(n => n + 2)];
            long[] sourceStrides = new Shape(dims).Strides(), paddedStrides = new Shape(padded).Strides();
            long[] permuted = [.. order.Select(i => sourceStrides[i])];
            long count = new Shape(dims).Count, paddedCount = new Shape(padded).Count, offset = paddedStrides.Sum();
            var source = new byte[count * elementSize];
            new Random(1).NextBytes(source);
            byte[] expected = [.. Enumerable.Repeat((byte)0xA5, (int)paddedCount * elementSize)];
            DeviceBuffer from = data.Up(source), to = data.Up(expected);
            for (long i = 0; i < count; i++)
            {
                long rest = i, at = 0, target = offset;
                for (int d = rank - 1; d >= 0; d--)
                {
                    at += rest % outDims[d] * permuted[d];
                    target += rest % outDims[d] * paddedStrides[d];
                    rest /= outDims[d];
                }
                Array.Copy(source, at * elementSize, expected, target * elementSize, elementSize);
            }
            data.Launch(new CopyStridedCall(from, 0, permuted, to, offset, paddedStrides, outDims, elementSize));
            Assert.True(expected.AsSpan().SequenceEqual(data.Down<byte>(to, expected.Length)));
            // And back: the inverse permutation out of the block.
            DeviceBuffer back = data.Bytes(source.Length);
            data.Launch(new CopyStridedCall(to, offset, paddedStrides, back, 0, permuted, outDims, elementSize));
            Assert.True(source.AsSpan().SequenceEqual(data.Down<byte>(back, source.Length)));
        }
    }

    [Theory]
    [MemberData(nameof(Isas))]
    public void CopyRepeatsAlongZeroStrides(CpuIsa isa)
    {
        using var data = new KernelData(isa);
        float[] x = KernelData.Random(5);
        DeviceBuffer y = data.Floats(5 * 33), z = data.Floats(5 * 33);
        data.Launch(new CopyStridedCall(data.Up(x), 0, [1, 0], y, 0, [33, 1], [5, 33], 4));
        data.Launch(new CopyStridedCall(data.Up(x), 0, [0, 1], z, 0, [5, 1], [33, 5], 4));
        Assert.Equal([.. Enumerable.Range(0, 5 * 33).Select(i => x[i / 33])], data.Down(y, 5 * 33));
        Assert.Equal([.. Enumerable.Range(0, 5 * 33).Select(i => x[i % 5])], data.Down(z, 5 * 33));
    }

    [Theory]
    [MemberData(nameof(Isas))]
    public void CopyOfNothingIsNothing(CpuIsa isa)
    {
        using var data = new KernelData(isa);
        float[] before = KernelData.Random(4);
        DeviceBuffer y = data.Up(before);
        data.Launch(new CopyStridedCall(data.Floats(0), 0, [0, 1], y, 0, [0, 1], [3, 0], 4));
        Assert.Equal(before, data.Down(y, 4));
    }

    [Theory]
    [MemberData(nameof(Isas))]
    public void EmbeddingTakesRowsAndItsGradientAddsThemUp(CpuIsa isa)
    {
        const int vocabulary = 50, channels = 133, count = 700, padding = 3;
        using var data = new KernelData(isa);
        float[] weight = KernelData.Random(vocabulary * channels), dy = KernelData.Random(count * channels, 2);
        var random = new Random(5);
        long[] indices = [.. Enumerable.Range(0, count).Select(_ => (long)random.Next(vocabulary - 1))];
        DeviceBuffer bi = data.Up(indices), by = data.Floats(count * channels);
        DeviceBuffer bdw = data.Floats(weight.Length), bdy = data.Up(dy);
        data.Launch(new EmbeddingCall(data.Up(weight), bi, by, count, channels, vocabulary));
        Assert.Equal(
            [.. Enumerable.Range(0, count * channels).Select(i => weight[indices[i / channels] * channels + i % channels])],
            data.Down(by, count * channels));
        foreach (int skipped in new[] { -1, padding })
        {
            var expected = new double[weight.Length];
            for (int i = 0; i < dy.Length; i++)
                if (indices[i / channels] != skipped)
                    expected[indices[i / channels] * channels + i % channels] += dy[i];
            data.Launch(new EmbeddingBackwardCall(bdy, bi, bdw, count, channels, vocabulary, skipped));
            KernelData.Close(expected, data.Down(bdw, weight.Length), 1e-6);
        }
    }

    [Theory]
    [MemberData(nameof(Isas))]
    public void GatherAndItsGradient(CpuIsa isa)
    {
        const int rows = 3001, columns = 13;
        using var data = new KernelData(isa);
        float[] x = KernelData.Random(rows * columns), dy = KernelData.Random(rows, 2);
        long[] at = [.. Enumerable.Range(0, rows).Select(i => (long)(i * 7 % columns))];
        DeviceBuffer by = data.Floats(rows), bdx = data.Floats(x.Length), bat = data.Up(at);
        data.Launch(new GatherCall(data.Up(x), bat, by, rows, columns));
        Assert.Equal([.. at.Select((c, row) => x[row * columns + c])], data.Down(by, rows));
        data.Launch(new GatherBackwardCall(data.Up(dy), bat, bdx, rows, columns));
        Assert.Equal(
            [.. Enumerable.Range(0, x.Length).Select(i => i % columns == at[i / columns] ? dy[i / columns] : 0f)],
            data.Down(bdx, x.Length));
    }
}
