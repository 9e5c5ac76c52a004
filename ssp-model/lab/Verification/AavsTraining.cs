using System.Text.Json;
using SspNative.Engine.Optim;
using SspNative.Lab.References;
using SspNative.Model.Config;
using SspNative.Model.Decoder;
using SspNative.Model.Losses;
using SspNative.Model.Networks;
using SspNative.Model.Training;
using SspNative.Model.Weights;

namespace SspNative.Lab.Verification;

/// <summary>
/// The reference module <c>training.aavs</c>: the training loop of AAVS through both phases. What is trained, and what adapters begin with, is what
/// <see cref="TrainingOptions.Published"/> says; rates, clipping, pictures, targets and random points are the case's.
/// </summary>
internal static class AavsTraining
{
    private static readonly TrainableSet[] _phases = [TrainableSet.Heads, TrainableSet.HeadsAndBackboneAdapters];

    public static Dictionary<string, Tensor> Run(ReferenceContext context)
    {
        var outputs = new Dictionary<string, Tensor>();
        AavsConfig config = ConfigJson.ReadPart<AavsConfig>(context.Config);
        JsonElement training = context.Config.GetProperty("training");
        int steps = training.GetProperty("steps").GetInt32();
        IParameterSource first = new NoAdapters(context.Parameters.Source), weights = first;
        var stores = new List<ParameterStore>();
        try
        {
            for (int phase = 0; phase < _phases.Length; phase++)
            {
                TrainingOptions options = TrainingOptions.Published(config.Task, _phases[phase]);
                IParameterSource adapters = phase == 0 ? new PublishedWeights(options, config.AudioHidden) : new GivenAdapters(context.Seed);
                var store = new ParameterStore(new WarmStart(weights, adapters), context.Device);
                stores.Add(store);
                var model = new Aavs(store.Root, config);
                // A buffer of the authors' state dict, so that procedural cases make it like all else.
                Tensor classWeights = (store.Root / "model" / "criterion").Get("empty_weight", [config.NumLabels + 1], Init.Ones);
                store.ThrowIfIncomplete();
                store.Train(options.Trains);
                using var optimizer = new AdamW
                {
                    LearningRate = training.GetProperty("learning_rate")[phase].GetSingle(),
                    WeightDecay = training.GetProperty("weight_decay").GetSingle(),
                };
                for (int s = phase * steps; s < (phase + 1) * steps; s++)
                    Step(context, $"step.{s}.", config, training, classWeights.ToArray(), model, store, optimizer, outputs);
                foreach ((string name, Tensor parameter) in store.Trainable)
                    outputs[$"after.{phase + 1}.{name}"] = Tensor.FromArray(parameter.ToArray(), parameter.Shape, context.Device);
                weights = new RenewedAdapters(new Learned(store), first);
            }
        }
        finally
        {
            foreach (ParameterStore store in stores)
                store.Dispose();
        }
        return outputs;
    }

    private static void Step(
        ReferenceContext context, string step, AavsConfig config, JsonElement training, float[] classWeights, Aavs model, ParameterStore store,
        AdamW optimizer, Dictionary<string, Tensor> outputs)
    {
        using var scope = new TensorScope();
        using var tape = new GradientTape();
        MaskTargets[] targets = [.. Targets(context, step)];
        (int frames, int height, int width) = (targets.Length, targets[0].Masks.Shape[1], targets[0].Masks.Shape[2]);
        Tensor pixels = NamedStream.Uniform($"{step}pixel_values", [frames, 3, height, width], context.Seed, 0f, 2f, context.Device);
        Tensor audio = NamedStream.Uniform($"{step}audio_features", [frames, AudioQueries.AudioChannels], context.Seed, 0f, 1f, context.Device);
        Tensor? stage1Mask = config.Task == SegmentationTask.Avss ? Floats(context.Input($"{step}audio_boost_mask")) : null;
        PixelDecoderOutput decoded = model.Encode(pixels);
        IReadOnlyList<QueryPrediction> predictions =
            model.Decode(decoded.Levels.HandOver(), model.AddStage1Mask(decoded.MaskFeatures, stage1Mask), audio, stage1Mask, auxiliary: true);
        var criterion = new SetCriterion(new CriterionConfig
        {
            ClassWeight = training.GetProperty("class_weight").GetSingle(),
            MaskWeight = training.GetProperty("mask_weight").GetSingle(),
            DiceWeight = training.GetProperty("dice_weight").GetSingle(),
            NoObjectWeight = training.GetProperty("no_object_weight").GetSingle(),
            NumPoints = training.GetProperty("num_points").GetInt32(),
        }, classWeights);
        Tensor loss = criterion.Forward(predictions, targets, new RecordedPoints(context, $"{step}random.")).Total;
        using Gradients gradients = tape.Backward(loss);
        double norm = GradientClipping.GlobalNorm(store.Trainable.Select(p => gradients.Find(p.Parameter)).OfType<Tensor>());
        JsonElement limit = training.GetProperty("clip_norm");
        optimizer.Update(store, gradients, limit.ValueKind == JsonValueKind.Null ? 1f : GradientClipping.Scale(norm, limit.GetDouble()));
        outputs[$"{step}loss"] = scope.Keep(Tensor.FromArray([loss.Item()], [], context.Device));
        outputs[$"{step}gradient_norm"] = scope.Keep(Tensor.FromArray([(float)norm], [], context.Device));
    }

    private static IEnumerable<MaskTargets> Targets(ReferenceContext context, string step)
    {
        for (int i = 0; context.FindInput($"{step}class_labels.{i}") is { } classes; i++)
            yield return new MaskTargets([.. classes.ToLongArray().Select(c => (int)c)], Floats(context.Input($"{step}mask_labels.{i}")));
    }

    private static Tensor Floats(Tensor bytes) => Tensor.FromArray([.. bytes.ToByteArray().Select(b => (float)b)], bytes.Shape, bytes.Device);

    /// <summary>A source that lacks the backbone's adapters, as the files that a training begins with do.</summary>
    private sealed class NoAdapters(IParameterSource inner) : IParameterSource
    {
        public string Description => inner.Description;

        public string? Problem(ParameterSpec parameter) => parameter.Role == Role.Adapter ? $"{parameter.Name} is missing" : inner.Problem(parameter);

        public bool Has(string name) => inner.Has(name);

        public Tensor Load(ParameterSpec parameter, IDevice device) => inner.Load(parameter, device);
    }

    /// <summary>What an earlier phase made of the weights.</summary>
    private sealed class Learned(ParameterStore store) : IParameterSource
    {
        public string Description => "the phase before";

        public string? Problem(ParameterSpec parameter) => null;

        public bool Has(string name) => store.Find(name) is not null;

        public Tensor Load(ParameterSpec parameter, IDevice device) => Tensor.FromArray(store[parameter.Name].ToArray(), parameter.Shape, device);
    }

    /// <summary>The adapters that the cases give phase 2.</summary>
    private sealed class GivenAdapters(ulong seed) : IParameterSource
    {
        public string Description => "the case";

        public string? Problem(ParameterSpec parameter) => null;

        public bool Has(string name) => true;

        public Tensor Load(ParameterSpec parameter, IDevice device) => parameter.Shape.Rank == 1
            ? Tensor.Zeros(parameter.Shape, device)
            : NamedStream.Uniform($"phase2.{parameter.Name}", parameter.Shape, seed, 0f, 0.02f, device);
    }
}
