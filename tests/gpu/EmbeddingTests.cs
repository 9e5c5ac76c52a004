using SspNative.Kernels;
using Xunit;

namespace SspNative.Gpu.Tests;

/// <summary>Rows of tables by index, at sizes of several groups, with the CPU's bits.</summary>
[Trait("speed", "slow")]
public sealed class EmbeddingTests : GpuTest
{
    [SkippableTheory]
    [InlineData(5000, 8, 900, -1)]
    [InlineData(5000, 8, 900, 0)]
    [InlineData(2500, 3, 40, 39)]
    [InlineData(4097, 1, 2, -1)]
    [InlineData(300, 768, 1000, 0)]
    [InlineData(7, 1300, 5, 3)]
    [InlineData(2049, 4, 1, -1)]
    public void RowsAreAddedInOrder(int count, int channels, int vocabulary, int paddingIndex)
    {
        using var host = new HostBuffers();
        var random = new Random(1);
        // A third of the tokens has one index.
        DeviceBuffer indices = host.Of<long>([.. Enumerable.Range(0, count).Select(_ => random.Next(3) == 0 ? 0L : random.Next(vocabulary))]);
        DeviceBuffer weight = host.Uniform((long)vocabulary * channels, 2), dy = host.Uniform((long)count * channels, 3);
        HostBuffers.Compare(new EmbeddingCall(weight, indices, host.Room<float>((long)count * channels), count, channels, vocabulary), Gpu);
        HostBuffers.Compare(
            new EmbeddingBackwardCall(dy, indices, host.Room<float>((long)vocabulary * channels), count, channels, vocabulary, paddingIndex), Gpu);
    }
}
