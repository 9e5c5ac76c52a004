using SspNative.Engine.Nn;
using SspNative.Engine.Serialization;
using SspNative.Tests.Support;
using Xunit;

namespace SspNative.Tests.Serialization;

public sealed class ParameterStoreFileTests : DeviceTest
{
    [Fact]
    public void SavedParametersAreReadBackBitForBit()
    {
        using var folder = new TemporaryFolder();
        using ParameterStore saved = Model(seed: 1, outputs: 3), other = Model(seed: 2, outputs: 3);
        saved.Save(folder["model.safetensors"]);
        using (SafetensorsFile file = SafetensorsFile.Open(folder["model.safetensors"]))
            Assert.Equal(["fc.bias", "fc.weight", "norm.bias", "norm.weight"], file.Entries.Select(e => e.Name).Order(StringComparer.Ordinal));
        Assert.NotEqual(saved["fc.weight"].ToArray(), other["fc.weight"].ToArray());
        other.Load(folder["model.safetensors"]);
        Assert.All(saved.Names, n => Assert.Equal(saved[n].ToArray(), other[n].ToArray()));
    }

    [Fact]
    public void AFileThatDoesNotFitChangesNothing()
    {
        using var folder = new TemporaryFolder();
        string path = folder["model.safetensors"];
        using ParameterStore saved = Model(seed: 1, outputs: 3), wider = Model(seed: 2, outputs: 4);
        float[] before = wider["norm.weight"].ToArray();
        saved["norm.weight"].CopyFrom([5f, 6f, 7f]);
        _ = new Linear(saved.Root / "more", 1, 1);
        saved.Save(path);
        string message = Assert.Throws<InvalidDataException>(() => wider.Load(path)).Message;
        Assert.Equal(
            $"{path}: fc.weight: the file has (3, 2), the model wants (4, 2); fc.bias: the file has (3), the model wants (4); "
            + "more.bias: the model has no such parameter; more.weight: the model has no such parameter", message);
        Assert.Equal(before, wider["norm.weight"].ToArray());
    }

    [Fact]
    public void TenNamesAtMostAreGivenAndTheRestCounted()
    {
        using var folder = new TemporaryFolder();
        using var empty = new ParameterStore(new InitialWeights(1), Device);
        using var large = new ParameterStore(new InitialWeights(1), Device);
        for (int i = 0; i < 12; i++)
            large.Root.Get($"p{i}", [1], Init.Ones);
        empty.Save(folder["empty.safetensors"]);
        string message = Assert.Throws<InvalidDataException>(() => large.Load(folder["empty.safetensors"])).Message;
        Assert.Contains("p9 (1): missing; and 2 more", message);
        Assert.DoesNotContain("p10", message);
    }

    private ParameterStore Model(ulong seed, int outputs)
    {
        var store = new ParameterStore(new InitialWeights(seed), Device);
        _ = new Linear(store.Root / "fc", 2, outputs);
        _ = new LayerNorm(store.Root / "norm", 3);
        return store;
    }
}
