using SspNative.Engine;
using SspNative.Engine.Nn;
using SspNative.Kernels.Cpu;
using SspNative.Model.Decoder;
using SspNative.Model.Weights;
using SspNative.Tests.Support;
using Xunit;

namespace SspNative.Tests.Decoder;

[LeakCheck]
public class Stage1GuidanceTests
{
    // "Silent" holds up to and with 0.4, "sounding" from 0.6 on.
    [Theory]
    [InlineData(0f, "silence")]
    [InlineData(0.4f, "silence")]
    [InlineData(0.40001f, "uncertain")]
    [InlineData(0.59999f, "uncertain")]
    [InlineData(0.6f, "audio")]
    [InlineData(1f, "audio")]
    public void TheEmbeddingTellsHowSureTheMaskIs(float b, string embedding)
    {
        using var device = new CpuDevice(CpuIsa.Portable);
        using var store = new ParameterStore(new ProceduralSource(1), device);
        using var scope = new TensorScope();
        var guidance = new Stage1Guidance(store.Root, 8);
        float[] found = guidance.PositionEmbedding(Tensor.FromArray([b], [1, 1, 1], device), 1, 1).ToArray();
        Assert.Equal(store[$"{embedding}_embed.weight"].ToArray(), found);
    }
}
