using System.Diagnostics;
using SspNative.Kernels.Cpu;
using SspNative.Lab.Workloads;
using SspNative.Model;
using SspNative.Model.Config;
using SspNative.Model.Media;
using SspNative.Model.OpticalFlow;
using SspNative.Model.Pipeline;
using SspNative.Model.Preprocessing;
using SspNative.Model.Results;

namespace SspNative.Lab.Benchmarking;

/// <summary>A network's part in a clip: one call measured, and how many the clip takes.</summary>
public sealed record ClipNetwork(BenchResult Call, int Calls);

/// <summary>A clip from its file to the written result, and what the same would take with a peer's networks.</summary>
/// <param name="Device">What it ran on.</param>
/// <param name="Peer">Whose networks stand in; null without one.</param>
/// <param name="Clip">The clip.</param>
/// <param name="Frames">Its frames.</param>
/// <param name="Whole">Model opened, clip decoded, flow, sound, text and masks computed, result written; with the most memory of the process.</param>
/// <param name="Stages">Where the last run's time went, weights loaded within.</param>
/// <param name="Networks">
/// The calls of large networks in it, measured one by one; none where the sizes are not the published ones, or passes are recorded.
/// </param>
public sealed record ClipReport(
    string Device, string? Peer, string Clip, int Frames, Timing Whole, IReadOnlyList<StageTime> Stages, IReadOnlyList<ClipNetwork> Networks)
{
    /// <summary>Why the figures may mean little.</summary>
    public required IReadOnlyList<string> Warnings { get; init; }

    /// <summary>What the engine's networks take, by their medians.</summary>
    public double NetworkSeconds => Networks.Sum(n => n.Calls * n.Call.Ours.Seconds);

    /// <summary>What the peer's take; null without a peer, or where it lacks one.</summary>
    public double? PeerNetworkSeconds => Networks.Count > 0 && Networks.All(n => n.Call.Peer is not null)
        ? Networks.Sum(n => n.Calls * n.Call.Peer!.Seconds)
        : null;

    /// <summary>The whole clip with the peer's networks in place of the engine's: all else is as measured.</summary>
    public double? PeerSeconds => Whole.Seconds - NetworkSeconds + PeerNetworkSeconds;

    /// <summary>How many times faster the engine is than the clip with the peer's networks.</summary>
    public double? Ratio => PeerSeconds / Whole.Seconds;

    public string ToJson() => LabJson.WriteBench(this);
}

/// <summary>Measures a whole clip as <c>ssp segment</c> runs it.</summary>
/// <param name="bench">How to measure.</param>
/// <param name="device">Where the model runs.</param>
public sealed class ClipBench(Bench bench, IDevice device)
{
    /// <summary>Measures.</summary>
    /// <param name="clip">A video, or a folder of frames and sound.</param>
    /// <param name="weights">Weights; <c>procedural</c> for the full network.</param>
    /// <param name="prompts">What is said of the clip; null: nothing.</param>
    /// <param name="peer">Name, version and threads of what is measured beside the networks; null without a peer.</param>
    /// <param name="peerThreads">Its threads.</param>
    /// <param name="progress">Told what is measured next.</param>
    /// <exception cref="InputException">The clip or the weights cannot be used.</exception>
    public ClipReport Measure(string clip, string weights, Prompts? prompts, string? peer, int? peerThreads, Action<string> progress)
    {
        var options = new SspModelOptions { Weights = [weights], KeepsNetworks = false };
        BenchCase[] calls;
        var source = ClipSource.Open(clip, 1);
        int frames = source.FrameCount;
        using (var model = SspModel.Load(options, device))
            // Alone, networks are not recorded: what they take so is no part of a clip by graphs.
            calls = model.IsMeaningless && device is not IRecordingDevice { Records: true } ? [.. Networks(model, prompts ?? Prompts.Empty, source)] : [];
        progress($"{clip}, {frames} frames");
        IReadOnlyList<StageTime> stages = [];
        Timing whole = bench.Whole(() =>
        {
            long start = Stopwatch.GetTimestamp();
            stages = Run(clip, options, prompts);
            return Stopwatch.GetElapsedTime(start).TotalSeconds;
        });
        var networks = new List<ClipNetwork>();
        foreach (IGrouping<string, BenchCase> network in calls.GroupBy(c => c.Name))
        {
            progress($"{network.Count()} × {network.Key}");
            networks.Add(new ClipNetwork(bench.Model(network.First()), network.Count()));
        }
        return new ClipReport(device.Description, peer, clip, frames, whole, stages, networks)
        {
            Warnings = BenchWarnings.Of([whole, .. networks.SelectMany(n => n.Call.Timings)], CpuThreads.Count, peerThreads),
        };
    }

    // The result lies in a folder that goes when it was timed.
    private IReadOnlyList<StageTime> Run(string clip, SspModelOptions options, Prompts? prompts)
    {
        DirectoryInfo folder = Directory.CreateTempSubdirectory("ssp-bench-");
        try
        {
            using var writer = new ResultWriter(Path.Combine(folder.FullName, "result"));
            using var model = SspModel.Load(options, device);
            ClipSegmentation segmentation = model.Begin(clip, new SegmentationSettings { Prompts = prompts }, (_, _, _) => { });
            writer.Write(segmentation);
            return segmentation.Clock.Times;
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    // Every call of a large network that the pipeline makes, of the published sizes.
    private static IEnumerable<BenchCase> Networks(SspModel model, Prompts prompts, ClipSource source)
    {
        SspConfig config = model.Config;
        int frames = source.FrameCount;
        var clip = config.Clip;
        int words = PromptTokenizer.Open(null, config.Text.VocabSize).Encode(prompts).Length;
        for (int pair = 1; pair < frames && model.Flow == FlowKind.Perceiver; pair++)
            yield return ModelCases.Of(
                "Perceiver IO, a pair", "perceiver_flow", ("height", config.Flow.TrainSize[0]), ("width", config.Flow.TrainSize[1]));
        // In silence nothing sounds, and nothing is looked for.
        if (!source.HasAudio)
            yield break;
        for (int first = 0; first < frames; first += SspNetworks.ExamplesAtOnce)
        {
            int examples = Math.Min(SspNetworks.ExamplesAtOnce, frames - first);
            yield return ModelCases.Of($"VGGish, {examples} examples", "vggish", ("examples", examples));
        }
        for (int frame = 0; frame < frames; frame++)
        {
            yield return ModelCases.Of("AAVS, a frame", "aavs", ("size", config.ImageSize));
            if (config.TextFusion != TextFusion.Vta)
                continue;
            yield return ModelCases.Of("CLIP, a frame", "clip_vit_b16", ("images", 1));
            yield return ModelCases.Of("BERT, frame and prompt", "bert", ("batch", 1), ("tokens", clip.Tokens + words));
            yield return ModelCases.Of("BERT, prompt", "bert", ("batch", 1), ("tokens", words));
        }
    }
}
