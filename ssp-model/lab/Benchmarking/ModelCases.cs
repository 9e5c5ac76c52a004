using SspNative.Lab.Workloads;
using SspNative.Model.Training;

namespace SspNative.Lab.Benchmarking;

/// <summary>The work that <c>ssp bench model</c> measures: the large parts of the model, with weights made up, and cases written by hand.</summary>
public static class ModelCases
{
    internal const string TrainStepKind = "aavs_train_step";

    // MiniLM has BERT's form in small.
    private static readonly (string Name, int Value)[] _miniLm = [("layers", 6), ("hidden", 384), ("heads", 12), ("intermediate", 1536)];

    private static readonly BenchKinds _kinds = new("model", ModelRuns.Sizes);

    /// <summary>All kinds.</summary>
    public static IEnumerable<string> Kinds => _kinds.Names;

    public static IReadOnlyList<BenchCase> All { get; } =
    [
        Of("AAVS Swin-B, a frame of 384", "aavs", ("size", 384)),
        Of("CLIP-B/16, an image", "clip_vit_b16", ("images", 1)),
        Of("CLIP-B/16, 4 images", "clip_vit_b16", ("images", 4)),
        Of("BERT-base 2x64", "bert", ("batch", 2), ("tokens", 64)),
        MiniLm(1, 16), MiniLm(1, 64), MiniLm(2, 64), MiniLm(8, 128), MiniLm(1, 512),
        Of("VGGish, 5 examples", "vggish", ("examples", 5)),
        Of("Perceiver IO flow 368x496", "perceiver_flow", ("height", 368), ("width", 496)),
        TrainStep("heads", TrainableSet.Heads, checkpointed: false),
        TrainStep("heads, checkpointed", TrainableSet.Heads, checkpointed: true),
        TrainStep("and adapters", TrainableSet.HeadsAndBackboneAdapters, checkpointed: false),
        TrainStep("and adapters, checkpointed", TrainableSet.HeadsAndBackboneAdapters, checkpointed: true),
    ];

    /// <summary>Those that can be computed in a precision: a training step needs weights in float32.</summary>
    public static IReadOnlyList<BenchCase> In(Precision precision) =>
        precision.WeightType() == DType.F32 ? All : [.. All.Where(work => work.Kind != TrainStepKind)];

    /// <inheritdoc cref="BenchKinds.Parse"/>
    public static BenchCase Parse(string text) => _kinds.Parse(text) is { Pass: Pass.Forward } work
        ? work
        : throw new InputException($"{text}: models are timed forward, a training step whole");

    /// <summary>A model case; sizes that are not given are the kind's usual ones.</summary>
    public static BenchCase Of(string name, string kind, params ReadOnlySpan<(string Name, int Value)> sizes) =>
        _kinds.Parse($"{kind} {string.Join(' ', sizes.ToArray().Select(s => $"{s.Name}={s.Value}"))}") with { Name = name };

    private static BenchCase MiniLm(int batch, int tokens) =>
        Of($"MiniLM {batch}x{tokens}", "bert", [("batch", batch), ("tokens", tokens), .. _miniLm]);

    // Checkpointed, the engine runs layers again in the backward pass to hold less; a peer does the same work its own way.
    internal static BenchCase TrainStep(string what, TrainableSet trained, bool checkpointed) => Of(
        $"AAVS training step at 384, {what}", TrainStepKind,
        ("size", 384), ("trained", (int)trained), ("checkpointed", checkpointed ? 1 : 0));
}
