using SspNative.Engine;
using SspNative.Engine.Nn;
using SspNative.Kernels;
using SspNative.Model.Config;
using SspNative.Model.Networks;
using SspNative.Model.Weights;
using SspNative.Tests.Support;
using Xunit;

namespace SspNative.Tests.Training;

/// <summary>Weights that a training begins with.</summary>
[LeakCheck]
public sealed class FirstWeightsTests
{
    [Fact]
    public void InitialWeightsFollowFromSeedAndName()
    {
        Dictionary<string, (Shape Shape, float[] Values)> one = Load(TinyModel.Binary, new InitialWeights(1)),
            again = Load(TinyModel.Binary, new InitialWeights(1)), other = Load(TinyModel.Binary, new InitialWeights(2));
        Assert.All(one, w => Assert.Equal(w.Value.Values, again[w.Key].Values));
        string[] same = [.. one.Keys.Where(n => one[n].Values.SequenceEqual(other[n].Values))];
        // Constants alone do not depend on the seed: norms, biases and the deformable attention's.
        Assert.All(same, n => Assert.True(
            one[n].Shape.Rank < 2 || n.Contains("sampling_offsets", StringComparison.Ordinal) || n.Contains("attention_weights", StringComparison.Ordinal), n));
        float[][] drawn = [.. one.Where(w => w.Value.Shape.Rank >= 2 && !same.Contains(w.Key)).Select(w => w.Value.Values[..4])];
        Assert.Equal(drawn.Length, drawn.Select(v => string.Join(' ', v)).Distinct().Count());
    }

    [Fact]
    public void InitialWeightsHaveTheScaleOfTheirLayer()
    {
        Dictionary<string, (Shape Shape, float[] Values)> weights = Load(TinyModel.Binary, new InitialWeights(1));
        foreach ((string name, (Shape shape, float[] values)) in weights)
        {
            Assert.All(values, v => Assert.True(float.IsFinite(v), name));
            double deviation = Math.Sqrt(values.Average(v => (double)v * v));
            if (shape.Rank < 2 && !name.Contains("sampling_offsets", StringComparison.Ordinal))
                Assert.True(values.All(v => v == (name.EndsWith(".weight", StringComparison.Ordinal) ? 1 : 0)), name);
            else
                Assert.True(deviation <= 4, $"{name}: {deviation}");
        }
        // Glorot: (48,96) and (96,48) of the text encoder's feed-forward layers; He: a 4×4 patch of 3 channels; queries 1; embeddings 0.02.
        AssertDeviation(".encoder.layer.0.intermediate.dense.weight", Math.Sqrt(2.0 / (48 + 96)));
        AssertDeviation(".embeddings.word_embeddings.weight", 0.02);
        AssertDeviation("model.model.transformer_module.queries_features.weight", 1);
        AssertDeviation("vggish.features.3.weight", Math.Sqrt(2.0 / (4 * 9)));

        void AssertDeviation(string name, double expected)
        {
            float[] values = weights.Single(w => w.Key.EndsWith(name, StringComparison.Ordinal)).Value.Values;
            double mean = values.Average(), deviation = Math.Sqrt(values.Average(v => (v - mean) * (v - mean)));
            Assert.InRange(deviation / expected, 0.85, 1.15);
        }
    }

    [Fact]
    public void AWarmStartTakesEqualNamesAndShapesAndNamesTheRest()
    {
        using IDevice device = TinyModel.Device();
        using var known = new ParameterStore(new InitialWeights(1), device);
        _ = new Ssp(known.Root, TinyModel.Binary with { TextFusion = TextFusion.None });
        var warm = new WarmStart(new KnownSource(known), new InitialWeights(2));
        Dictionary<string, (Shape Shape, float[] Values)> begun = Load(TinyModel.Binary with { NumLabels = 8 }, warm),
            rest = Load(TinyModel.Binary with { NumLabels = 8 }, new InitialWeights(2));
        string[] heads = ["model.class_predictor.bias", "model.class_predictor.weight"];
        Assert.Equal(
            heads.Concat(begun.Keys.Where(n => !known.Names.Contains(n))).Order(StringComparer.Ordinal),
            warm.Initialised.Distinct().Order(StringComparer.Ordinal));
        Assert.Contains(warm.Initialised, n => n.StartsWith("vta.", StringComparison.Ordinal));
        foreach ((string name, (_, float[] values)) in begun)
            Assert.Equal(warm.Initialised.Contains(name) ? rest[name].Values : known[name].ToArray(), values);
    }

    [Fact]
    public void WhatMayNotBeInitialisedMustBeKnown()
    {
        using IDevice device = TinyModel.Device();
        using var known = new ParameterStore(new InitialWeights(1), device);
        _ = new Ssp(known.Root, TinyModel.Binary with { TextFusion = TextFusion.None });
        var warm = new WarmStart(new KnownSource(known), new InitialWeights(2)) { May = p => !p.Name.StartsWith("vta.bert.", StringComparison.Ordinal) };
        string message = Assert.Throws<InvalidDataException>(() => Load(TinyModel.Binary, warm)).Message;
        Assert.Contains("vta.bert.", message);
        Assert.DoesNotContain("vta.align", message);
    }

    // An earlier phase has trained what neither the files nor the rest know.
    [Fact]
    public void WhatIsKnownNeedsNoRest()
    {
        using IDevice device = TinyModel.Device();
        using var known = new ParameterStore(new InitialWeights(1), device);
        _ = new Ssp(known.Root, TinyModel.Binary);
        using var none = new ParameterStore(new InitialWeights(1), device);
        var warm = new WarmStart(new KnownSource(known), new KnownSource(none));
        Assert.All(known.Specs, p => Assert.Null(warm.Problem(p)));
        Assert.Contains("missing", warm.Problem(new ParameterSpec("elsewhere", [1], Init.Zeros, Role.Base)));
    }

    private static Dictionary<string, (Shape Shape, float[] Values)> Load(SspConfig config, IParameterSource source)
    {
        using IDevice device = TinyModel.Device();
        using var model = new SspNative.Model.Training.TrainingModel(config, source, device);
        return model.Parameters.Names.ToDictionary(n => n, n => (model.Parameters[n].Shape, model.Parameters[n].ToArray()));
    }

    private sealed class KnownSource(ParameterStore store) : IParameterSource
    {
        public string Description => "known";

        public string? Problem(ParameterSpec parameter) =>
            store.Find(parameter.Name) is { } known && known.Shape == parameter.Shape ? null : $"{parameter.Name} {parameter.Shape}: missing";

        public bool Has(string name) => store.Names.Contains(name);

        public Tensor Load(ParameterSpec parameter, IDevice device) =>
            Tensor.FromArray(store[parameter.Name].ToArray(), parameter.Shape, device);
    }
}
