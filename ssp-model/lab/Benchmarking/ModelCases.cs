using SspNative.Lab.Workloads;
using SspNative.Model.Training;

namespace SspNative.Lab.Benchmarking;

/// <summary>The work that <c>ssp bench model</c> measures: the large parts of the model, with weights made up.</summary>
public static class ModelCases
{
    private const string TrainStepKind = "aavs_train_step";

    public static IReadOnlyList<WorkCase> All { get; } =
    [
        Of("AAVS Swin-B, a frame of 384", "aavs", ("size", 384)),
        Of("CLIP-B/16, an image", "clip_vit_b16", ("images", 1)),
        Of("BERT-base 2x64", "bert_base", ("batch", 2), ("tokens", 64)),
        Of("Perceiver IO flow 368x496", "perceiver_flow", ("height", 368), ("width", 496)),
        TrainStep("heads", TrainableSet.Heads, checkpointed: false),
        TrainStep("heads, checkpointed", TrainableSet.Heads, checkpointed: true),
        TrainStep("and adapters", TrainableSet.HeadsAndBackboneAdapters, checkpointed: false),
        TrainStep("and adapters, checkpointed", TrainableSet.HeadsAndBackboneAdapters, checkpointed: true),
    ];

    /// <summary>Those that can be computed in a precision: a training step needs weights in float32.</summary>
    public static IReadOnlyList<WorkCase> In(Precision precision) =>
        precision.WeightType() == DType.F32 ? All : [.. All.Where(work => work.Kind != TrainStepKind)];

    // Checkpointed, the engine runs layers again in the backward pass to hold less; a peer does the same work its own way.
    private static WorkCase TrainStep(string what, TrainableSet trained, bool checkpointed) => Of(
        $"AAVS training step at 384, {what}", TrainStepKind,
        ("size", 384), ("trained", (int)trained), ("checkpointed", checkpointed ? 1 : 0));

    /// <summary>A model case.</summary>
    public static WorkCase Of(string name, string kind, params ReadOnlySpan<(string Name, int Value)> sizes)
    {
        var map = new Dictionary<string, int>();
        foreach ((string key, int value) in sizes)
            map[key] = value;
        return new WorkCase(name, kind, Pass.Forward, map);
    }
}
