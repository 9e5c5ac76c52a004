using System.Text.Json;
using SspNative.Engine;
using SspNative.Engine.Serialization;
using SspNative.Model.Config;
using SspNative.Model.MaskFusion;
using SspNative.Model.Training;
using SspNative.Model.Weights;
using SspNative.Tests.Architecture;
using SspNative.Tests.Support;
using Xunit;

namespace SspNative.Tests.Training;

/// <summary>Training options as files bring them: recipes, plans of runs, cards of weights.</summary>
[LeakCheck]
public sealed class TrainingOptionsTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("""{"learning_rte": 0.1}""", "learning_rte is not a training option; did you mean learning_rate?")]
    [InlineData("""{"criterion": {"num_point": 9}}""", "criterion.num_point is not a training option; did you mean criterion.num_points?")]
    [InlineData("""{"learning_rate": -1}""", "learning_rate is -1; it must be from 0 to 100")]
    [InlineData("""{"learning_rate": 1e400}""", "learning_rate is Infinity; it must be from 0 to 100")]
    [InlineData("""{"clip_norm": -1}""", "clip_norm is -1; it must be from 0.000001 to 1,000,000")]
    [InlineData("""{"warmup_steps": -1}""", "warmup_steps is -1; it must be from 0 to 100,000,000")]
    [InlineData("""{"weight_decay": -0.1}""", "weight_decay is -0.1; it must be from 0 to 100")]
    [InlineData("""{"epochs": -1}""", "epochs is -1; it must be from 1 to 10,000")]
    [InlineData("""{"clips_per_step": 0}""", "clips_per_step is 0; it must be from 1 to 65,536")]
    [InlineData("""{"criterion": {"num_points": -5}}""", "criterion.num_points is -5; it must be from 1 to 262,144")]
    [InlineData("""{"criterion": {"num_points": 2000000000}}""", "criterion.num_points is 2000000000; it must be from 1 to 262,144")]
    [InlineData("""{"criterion": {"oversample_ratio": 0.5}}""", "criterion.oversample_ratio is 0.5; it must be from 1 to 16")]
    [InlineData("""{"criterion": null}""", "criterion is null; it must be an object")]
    [InlineData("""{"frozen": null}""", "frozen is null; it must be a list")]
    [InlineData("""{"frozen": [null]}""", "frozen[0] is null; it must be a text")]
    [InlineData("""{"frozen": [""]}""", "frozen[0] is \"\"; it must be the beginning of a parameter's name, as \"vggish\"")]
    [InlineData("""{"milestones": [-3]}""", "milestones[0] is -3; it must be from 0 to 10,000")]
    [InlineData("""{"ground_truth_share": 1.5}""", "ground_truth_share is 1.5; it must be from 0 to 1")]
    [InlineData("""{"sound_dropout": 1.5}""", "sound_dropout is 1.5; it must be from 0 to 1")]
    [InlineData("""{"sound_dropout": 0.5, "objective": "Sound"}""", "sound_dropout is 0.5; it must be 0 where the objective is Sound")]
    [InlineData("""{"post_mask_weight": -1}""", "post_mask_weight is -1; it must be from 0 to 1,000,000")]
    [InlineData("""{"trainable": "Al"}""", "trainable is \"Al\"; it must be Heads, HeadsAndBackboneAdapters, All")]
    [InlineData("""{"schedule": 1}""", "schedule is 1; it must be MultiStep, Cosine, Polynomial")]
    [InlineData("""{"seed": -1}""", "seed is -1; it must be a whole number of 64 bits that is not negative")]
    [InlineData("""{"tau": 0.1}""", "tau is 0.1; it must be a text: a number from 0 to 1, or otsu")]
    [InlineData("""{"tau": "2"}""", "tau is \"2\"; it must be a text: a number from 0 to 1, or otsu")]
    [InlineData("""{"motion": "pair"}""", "motion is \"pair\"; it must be Clip, Camera")]
    [InlineData("""{"objective": "Sight"}""", "objective is Sight; without phases it must be Sounding, the task")]
    [InlineData("""{"phases": null}""", "phases is null; it must be a list")]
    [InlineData("""{"phases": []}""", "phases is empty; a training has at least one")]
    [InlineData("""{"phases": [{"name": "a"}]}""", "phases[0] lacks options")]
    [InlineData("""{"phases": [{"name": "a", "options": null}]}""", "phases[0].options is null; it must be an object")]
    [InlineData("""{"phases": [{"name": null, "options": {}}]}""", "phases[0].name is null; it must be a text")]
    [InlineData(
        """{"phases": [{"name": "a", "options": {"learning_rte": 1}}]}""",
        "phases[0].options.learning_rte is not a training option; did you mean phases[0].options.learning_rate?")]
    [InlineData(
        """{"phases": [{"name": "a", "options": {"objective": "Sight"}}]}""",
        "phases[0].options.objective is Sight; in the last phase it must be Sounding, the task")]
    [InlineData("""{"phases": [{"name": "a", "options": {}}, {"name": "A", "options": {}}]}""", "phases[1].name is \"A\"; another phase has it too")]
    [InlineData("""{"phases": [], "epochs": 3}""", "epochs is not a training option; there are phases")]
    public void WhatDoesNotFitIsNamedWithItsValueAndWhatIsAllowed(string json, string message)
    {
        string path = _folder["options.json"];
        File.WriteAllText(path, json);
        Assert.Equal($"{path}: {message}", Assert.Throws<InputException>(() => TrainingRecipe.Read(path)).Message);
    }

    [Fact]
    public void AFileThatSaysNothingOfMasksIsReadAsATrainingWouldReadIt() =>
        Assert.Equal(ConfigJson.Parse<TrainingOptions>("{}").Inference, ConfigJson.Parse<ModelCard.MaskOptions>("{}").Settings);

    // Files from before there was a choice do not say, and go on meaning what they meant.
    [Fact]
    public void MotionIsTheCamerasInNewTrainingsAndTheClipsWhereNothingIsSaid()
    {
        Assert.Equal(MotionMeasure.Camera, TrainingOptions.Published(SegmentationTask.Avs, TrainableSet.Heads).Inference.Motion);
        Assert.Equal(MotionMeasure.Clip, new TrainingOptions().Inference.Motion);
        Assert.DoesNotContain("motion", ConfigJson.Write(new TrainingOptions()));
        Assert.Equal(MotionMeasure.Camera, ConfigJson.Parse<TrainingOptions>(ConfigJson.Write(new TrainingOptions { Motion = MotionMeasure.Camera })).Motion);
    }

    [Theory]
    [InlineData("../EVIL")]
    [InlineData("a/b")]
    [InlineData("a\\b")]
    [InlineData("/tmp/a")]
    [InlineData("C:a")]
    [InlineData("")]
    [InlineData(".")]
    [InlineData("..")]
    [InlineData("a\u0007")]
    [InlineData("cache")]
    public void APhasesNameIsAFolderOfItsOwn(string name)
    {
        var plan = new TrainingPlan(
            TinyModel.Binary, [new TrainingPhase(name, TinyModel.Options), new TrainingPhase("task", TinyModel.Options)], ["initial"]);
        plan.Write(_folder["run"]);
        Assert.Contains("phases[0].name is ", Assert.Throws<InputException>(() => TrainingPlan.Read(_folder["run"])).Message);
        string recipe = _folder["recipe.json"];
        File.WriteAllText(recipe, JsonSerializer.Serialize(new TrainingRecipe(plan.Phases), ConfigJson.Options));
        Assert.DoesNotContain(Assert.Throws<InputException>(() => TrainingRecipe.Read(recipe)).Message, char.IsControl);
    }

    [Theory]
    [InlineData("\"phases\":", "\"phases\": null, \"stages\":", "phases is null")]
    [InlineData("\"weights\":", "\"wieghts\":", "wieghts is not a member of run.json; did you mean weights?")]
    [InlineData("\"epochs\": 4", "\"epochs\": 0", "phases[0].options.epochs is 0")]
    [InlineData("\"image_size\": 64", "\"image_size\": 0", "config.image_size is 0")]
    [InlineData("\"embed_dim\": 16", "\"embed_dim\": 0", "config.swin.embed_dim is 0")]
    [InlineData("\"flow\": \"none\"", "\"flow\": null", "inputs.flow is null")]
    [InlineData("\"initial\"", "null", "weights[0] is null")]
    public void ADamagedPlanIsRefused(string part, string damaged, string message)
    {
        new TrainingPlan(
            TinyModel.Binary, [new TrainingPhase("task", TinyModel.Options)], ["initial"], new TrainingInputs("none", "v2", null, null, null, null))
            .Write(_folder.Path);
        Assert.Equal("initial", Assert.Single(TrainingPlan.Read(_folder.Path).Weights));
        string path = _folder["run.json"], text = File.ReadAllText(path);
        Assert.Contains(part, text);
        File.WriteAllText(path, text.Replace(part, damaged, StringComparison.Ordinal));
        string refusal = Assert.Throws<InputException>(() => TrainingPlan.Read(_folder.Path)).Message;
        Assert.StartsWith(path, refusal);
        Assert.Contains(message, refusal);
    }

    [Fact]
    public void WhatMayBeNullMayBeAbsent()
    {
        var plan = ConfigJson.Parse<TrainingPlan>(
            """{"config": {}, "phases": [{"name": "task", "options": {}}], "weights": ["initial"], "inputs": {"flow": "none", "subset": "v2"}}""");
        Assert.Equal(new TrainingInputs("none", "v2", null, null, null, null), plan.Inputs);
        Assert.Equal(
            "the whole lacks config",
            Assert.Throws<InvalidDataException>(() => ConfigJson.Parse<TrainingPlan>("""{"phases": [], "weights": []}""")).Message);
    }

    [Fact]
    public void EveryMemberOfAPlanWithEveryValueWorksOrIsRefusedInOneShortLine()
    {
        var plan = new TrainingPlan(
            TinyModel.Binary,
            [
                new TrainingPhase("sight", TinyModel.Options with { Objective = TrainingObjective.SemanticPretraining, Frozen = ["vggish."] }),
                new TrainingPhase("task", TinyModel.Options),
            ],
            ["initial"], new TrainingInputs("none", "v2", null, null, null, null));
        (int worked, int refused) = MemberFuzz.Run(JsonSerializer.Serialize(plan, ConfigJson.Options), Refusal);
        Assert.True(worked > 100 && refused > 1000, $"{worked} worked, {refused} were refused");

        static string? Refusal(string json)
        {
            try
            {
                TrainingPlan plan = ConfigJson.Parse<TrainingPlan>(json);
                Assert.All(plan.Phases, p => Assert.InRange(p.Options.Rate(0, 0, 100_000), 0, 100));
                return null;
            }
            catch (InvalidDataException e)
            {
                return e.Message;
            }
        }
    }

    [Theory]
    [InlineData("config", "{", "the metadata config cannot be used: no JSON: wrong at line 1, byte 2")]
    [InlineData("config", """{"image_size": 0}""", "the metadata config cannot be used: image_size is 0; it must be from 32 to 2,048")]
    [InlineData("config", """{"swin": null}""", "the metadata config cannot be used: swin is null; it must be an object")]
    [InlineData("training_options", """{"tau": null}""", "the metadata training_options cannot be used: tau is null; it must be ")]
    [InlineData(
        "training_options", """{"clip_norm": 0}""", "the metadata training_options cannot be used: clip_norm is 0; it must be from 0.000001 to 1,000,000")]
    public void ACardThatCannotBeUsedIsToldWithItsFileAndMember(string key, string json, string message)
    {
        string path = _folder["weights.safetensors"];
        using (new TensorScope())
            SafetensorsWriter.Write(
                path, new Dictionary<string, Tensor> { ["x"] = Tensor.Zeros([1], TestDevices.Shared) },
                new Dictionary<string, string> { ["config"] = "{}", [key] = json });
        Assert.StartsWith($"{path}: {message}", Assert.Throws<InvalidDataException>(() => TrainedModel.Open(path).Dispose()).Message);
    }

    [Fact]
    public void EveryFileThatComesWithTheProjectIsRead()
    {
        foreach (string name in (string[])["synth-avs", "synth-avss"])
        {
            Assert.NotEmpty(TrainingRecipe.Read(Repository.Path($"models/{name}.json")).Phases);
            Assert.NotNull(ModelCard.Read(Repository.Path($"models/{name}.safetensors"))!.Inference);
        }
        Assert.Equal(128, ConfigJson.Parse<SspConfig>(File.ReadAllText(Repository.Path("models/synth.json"))).ImageSize);
        foreach (SegmentationTask task in Enum.GetValues<SegmentationTask>())
        {
            TrainingRecipe.Published(task).Validate();
            SspConfig.Full(task).Validate();
        }
    }

    [Fact]
    public void RatesFollowTheirSchedules()
    {
        TrainingOptions published = TrainingOptions.Published(SegmentationTask.Avs, TrainableSet.HeadsAndBackboneAdapters);
        Assert.Equal(1e-4f, published.Rate(0, 0, 10), 1e-9f);
        Assert.Equal(1e-4f, published.Rate(14 * 10, 14, 10), 1e-9f);
        Assert.Equal(1e-3f, TrainingOptions.Published(SegmentationTask.Avs, TrainableSet.Heads).Rate(0, 0, 10), 1e-9f);
        TrainingOptions semantic = TrainingOptions.Published(SegmentationTask.Avss, TrainableSet.Heads);
        Assert.Equal((1e-3f, 20, null), (semantic.LearningRate, semantic.Epochs, semantic.ClipNorm));
        Assert.Equal(40, TrainingOptions.Published(SegmentationTask.Avss, TrainableSet.HeadsAndBackboneAdapters).Epochs);
        Assert.Equal((15, 0.01f, 0.3f), (published.Epochs, published.ClipNorm, published.DropPath));
        TrainingOptions dropping = published with { Epochs = 30, Milestones = [15] };
        Assert.Equal(1e-4f, dropping.Rate(14 * 10, 14, 10), 1e-9f);
        Assert.Equal(1e-5f, dropping.Rate(15 * 10, 15, 10), 1e-9f);
        TrainingOptions cosine = dropping with { Schedule = RateSchedule.Cosine, WarmupSteps = 4 };
        Assert.Equal(cosine.Rate(4, 0, 10) / 4, cosine.Rate(0, 0, 10), 1e-6f);
        Assert.Equal(0.5e-4f, cosine.Rate(150, 15, 10), 1e-9f);
        Assert.Equal(0f, (dropping with { Schedule = RateSchedule.Polynomial }).Rate(300, 30, 10));
    }
}
