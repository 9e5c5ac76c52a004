using SspNative.Engine;
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
