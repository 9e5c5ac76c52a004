using SspNative.Engine;
using SspNative.Engine.Nn;
using SspNative.Engine.Serialization;
using SspNative.Model.Weights;
using SspNative.Tests.Support;
using Xunit;

namespace SspNative.Tests.Weights;

[LeakCheck]
public sealed class ProceduralWeightsTests
{
    private static readonly string _bert = Path.Combine(AppContext.BaseDirectory, "reference", "models", "bert-tiny.safetensors");

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
    public void WeightsEqualThoseOfTheReferenceToTheBit()
    {
        using var scope = new TensorScope();
        using SafetensorsFile file = SafetensorsFile.Open(_bert);
        foreach (TensorEntry entry in file.Entries.Where(e => e.Name.StartsWith("weight.", StringComparison.Ordinal)))
        {
            Tensor made = ProceduralWeights.Weight(entry.Name["weight.".Length..], entry.Shape, seed: 1, TestDevices.Shared);
            Assert.Equal(file.ReadFloats(entry.Name), made.ToArray());
        }
    }
}
