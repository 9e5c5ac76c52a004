using System.Text.Json;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;
using SspNative.Lab;
using SspNative.Lab.Ablation;
using SspNative.Lab.Verification;
using SspNative.Model.Config;
using SspNative.Model.Data.Synthetic;
using SspNative.Model.Evaluation;
using SspNative.Model.Losses;
using SspNative.Model.Training;
using SspNative.Tests.Support;
using Xunit;

namespace SspNative.Tests.Config;

/// <summary>
/// JSON is read and written by code that is generated when the program is built, which native programs need. Its files are those that .NET's usual
/// serializer makes, and what a file leaves out keeps its initial value.
/// </summary>
public sealed class GeneratedJsonTests
{
    private static readonly JsonSerializerOptions _usual = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
        Converters = { new JsonStringEnumConverter(namingPolicy: null, allowIntegerValues: false) },
        TypeInfoResolver = new DefaultJsonTypeInfoResolver(),
        WriteIndented = true,
    };

    private static readonly TrainingOptions _options =
        TrainingOptions.Published(SegmentationTask.Avss, TrainableSet.HeadsAndBackboneAdapters) with { PostMaskWeight = null };

    [Fact]
    public void FilesOfTheModelAreThoseOfTheUsualSerializer()
    {
        Same(SspConfig.Full(SegmentationTask.Avss));
        Same(new TrainingRecipe([new TrainingPhase("heads", _options)]));
        Same(new TrainingPlan(
            TinyModel.Binary, [new TrainingPhase("heads", _options)], ["a.safetensors"], new TrainingInputs("exact", "v2", null, null, null, null)));
        Same(new TrainingState { Step = 3, BestScore = 0.25, Points = ulong.MaxValue, Data = "é" });
        Same(new ClipRecord(
            "a", 1, 2, 64, 5, "plain", [0.5, -0.25], false, ["occlusion"], [new("dog", 3, "red", "silent-still", true, [true], [0.1], [[1, 2.5]])]));
        Same(new DataSetCard(
            "ssp data synth", new SyntheticOptions(1, 2, 64, 5, new SplitShares(0.5, 0.25, 0.25)) { Premise = new Premise { Snr = 3, Noise = 0.5 } },
            new DataSetFacts(1, 0, 0.5, null, null) { TextBits = 0.25, CountedTextBits = 0.125 }));
        Same(new EvaluationReport
        {
            Task = "avs",
            Clips = 1,
            Frames = 5,
            Protocols = [new ProtocolScore("aavs", "frames", 0.5, 0.25)],
            Classes = [],
            Difficulties = [new DifficultyScore("occlusion", 1, 0.5, 2, null, 0.25, null)],
            ClipScores = [new ClipScore("a", 5, 0.5, [], [])],
        });
    }

    [Fact]
    public void FilesOfTheLabAreThoseOfTheUsualSerializer()
    {
        var spread = new Spread(0.5, 0.1, 3);
        var row = new AblationRow("full", spread, spread, 0.5, 0.25, [new DifficultySpread("occlusion", spread, null, spread)]);
        Same(
            new AblationReport("ssp ablate", 3, 10, 5, TinyModel.Binary, _options, [new AblationTable("lambda", "λ'", [row]) { Values = [1, 2.5] }]),
            LabJson.Write);
        Same(new AblationSetting(TinyModel.Binary, _options, "a"), LabJson.Write);
        Same(new AblationScore(0.5, 0.25, []), LabJson.Write);
        Same(
            new VerificationReport(
                "cpu", "cpu (avx2)", 1, 0, [new VerifiedCase("a", null, true, "correct", 0.5, null, "y", [new("y", "correct", 1e-7, null, null, null)])]),
            LabJson.Write);
    }

    [Fact]
    public void WhatAFileLeavesOutKeepsItsInitialValue()
    {
        Initial<SspConfig>();
        Initial<AavsConfig>();
        Initial<SwinConfig>();
        Initial<Mask2FormerConfig>();
        Initial<ClipVisionConfig>();
        Initial<BertConfig>();
        Initial<VggishConfig>();
        Initial<PerceiverFlowConfig>();
        Initial<CriterionConfig>();
        Initial<TrainingOptions>();
        Initial<TrainingState>();
        Initial<Premise>();
        TrainingOptions options = ConfigJson.Parse<TrainingOptions>("""{"epochs": 3, "criterion": {"num_points": 7}, "clip_norm": null}""");
        Assert.Equal(
            ConfigJson.Write(new TrainingOptions { Epochs = 3, Criterion = new CriterionConfig { NumPoints = 7 }, ClipNorm = null }),
            ConfigJson.Write(options));
    }

    private static void Initial<T>() where T : new() =>
        Assert.Equal(ConfigJson.Write(new T()), ConfigJson.Write(ConfigJson.ReadPart<T>(JsonElement.Parse("{}"))));

    private static void Same<T>(T value) => Same(value, ConfigJson.Write);

    private static void Same<T>(T value, Func<T, string> write) => Assert.Equal(JsonSerializer.Serialize(value, _usual), write(value));
}
