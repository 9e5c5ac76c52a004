using System.Globalization;
using SspNative.Kernels.Cpu;
using SspNative.Model.Config;
using SspNative.Model.Data.Caching;
using SspNative.Model.MaskFusion;
using SspNative.Model.Media;
using SspNative.Model.OpticalFlow;
using SspNative.Model.OpticalFlow.Perceiver;
using SspNative.Model.OpticalFlow.Pyramid;
using SspNative.Model.Pipeline;
using SspNative.Model.Preprocessing;
using SspNative.Model.Weights;

namespace SspNative.Model;

/// <summary>
/// SSP (arXiv 2601.08133), ready to segment clips: weights, sizes, tokenizer, and the defaults of flow and masks that go with the weights; for
/// task <c>avss</c> the binary stage too.
/// </summary>
/// <example><code>
/// using var model = SspModel.Load("synth-avs.safetensors");
/// foreach (SegmentedFrame frame in model.Segment("clip.mp4"))
///     Console.WriteLine($"{frame.Time} s: {frame.Objects.Count} sounding objects");
/// </code></example>
public sealed class SspModel : IDisposable
{
    private readonly WeightFiles _weights;
    private readonly WeightFiles? _stage1Weights;
    private readonly SspNetworks _networks;
    private readonly SspNetworks? _stage1;
    private readonly string _id;

    private SspModel(SspModelOptions options, IDevice device)
    {
        Device = device;
        try
        {
            _weights = new WeightFiles(options.Weights, options.Task);
            ModelCard? card = _weights.Card;
            Config = ConfigOf(options, _weights);
            if (Config.Task == SegmentationTask.Avs && options.Stage1Weights.Count > 0)
                throw new InputException("weights of a binary stage were given, but the model is the binary stage itself");
            if (Config.Task == SegmentationTask.Avss && !_weights.IsMeaningless)
                _stage1Weights = options.Stage1Weights.Count > 0 ? new WeightFiles(options.Stage1Weights)
                    : _weights.HasBothTasks ? new WeightFiles(options.Weights, SegmentationTask.Avs)
                    : throw new InputException("task avss needs the weights of the binary stage too");
            ModelCard? stage1Card = _stage1Weights?.Card;
            if (stage1Card is { Config.Task: not SegmentationTask.Avs })
                throw new InputException($"{options.Stage1Weights[0]}: not a model of the binary stage, but of the semantic one");
            Note = card?.Note;
            HashesWords = card is { HashesWords: true } || stage1Card is { HashesWords: true };
            Flow = card?.UsesPerceiver ?? (_weights.IsMeaningless || HasPerceiverFlow) ? FlowKind.Perceiver : FlowKind.Pyramid;
            string? vocabulary = options.Vocabulary ?? (HashesWords ? null : _weights.Vocabulary);
            Notes = card is null && !_weights.IsMeaningless ? [.. _weights.Notes, .. WhatIsMissing(options)] : _weights.Notes;
            var tokenizer = PromptTokenizer.Open(vocabulary, Config.Text.VocabSize);
            _networks = new SspNetworks(
                Config, _weights, card?.Inference ?? ModelCard.MaskOptions.Usual(card, Config.Task).Settings, tokenizer, device, hasSound: true,
                options.KeepsNetworks);
            if (Config.Task == SegmentationTask.Avss)
            {
                SspConfig binary = stage1Card?.Config ?? (options.Config is null ? _stage1Weights?.Sizes : null) ?? Config.BinaryStage;
                _stage1 = new SspNetworks(
                    binary, _stage1Weights ?? _weights,
                    stage1Card?.Inference ?? _networks.Inference with { Mask = ModelCard.MaskOptions.UsualMask(SegmentationTask.Avs) },
                    PromptTokenizer.Open(vocabulary, binary.Text.VocabSize), device, hasSound: stage1Card is not null, options.KeepsNetworks);
            }
            NeedsVocabulary = ReadsText && vocabulary is null && !_weights.IsMeaningless && card is not { HashesWords: true };
            RequireComplete(options);
            _id = Identify([.. _weights.Paths, .. _stage1Weights?.Paths ?? [], .. vocabulary is null ? Array.Empty<string>() : [vocabulary]]);
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    /// <summary>Sizes and task.</summary>
    public SspConfig Config { get; }

    /// <summary>Sizes of the binary stage before it, for task <c>avss</c>; else null.</summary>
    public SspConfig? Stage1Config => _stage1?.Config;

    /// <summary>What its frames are multiplied with unless a clip's settings say otherwise.</summary>
    public InferenceSettings Inference => _networks.Inference;

    /// <summary>The optical flow that it uses unless a clip's settings say otherwise.</summary>
    public FlowKind Flow { get; }

    /// <summary>Whether its weights have the network of Perceiver flow.</summary>
    public bool HasPerceiverFlow => PerceiverFlowEstimator.IsIn(_weights, Config.Flow);

    /// <summary>Whether it, or its binary stage, was trained on hashed words and has no use for a vocabulary.</summary>
    public bool HashesWords { get; }

    /// <summary>What the weights say of themselves: what they are good for, and how they were made.</summary>
    public string? Note { get; }

    /// <summary>What the weights lack and the model does without, and which files were not used, a line each.</summary>
    public IReadOnlyList<string> Notes { get; }

    /// <summary>Where the weights come from.</summary>
    public string Weights => _weights.Description;

    /// <summary>Whether the weights were generated, so that masks mean nothing.</summary>
    public bool IsMeaningless => _weights.IsMeaningless;

    /// <summary>Whether it, or its binary stage, reads prompts.</summary>
    public bool ReadsText => Config.TextFusion != TextFusion.None || Stage1Config is { TextFusion: not TextFusion.None };

    /// <summary>Whether prompts cannot be read, for want of the vocabulary that the weights were trained with.</summary>
    public bool NeedsVocabulary { get; }

    public IDevice Device { get; }

    /// <summary>Names of the labels in masks, the background first.</summary>
    public IReadOnlyList<string> ClassNames => Config switch
    {
        { Task: SegmentationTask.Avs } => ["background", "sounding object"],
        { NumLabels: var n } when n == Palette.ClassNames.Count => Palette.ClassNames,
        _ => ["background", .. Enumerable.Range(1, Config.NumLabels - 1).Select(i => $"class {i}")],
    };

    /// <summary>Loads a model from one weight file that says its own sizes, or from a folder of published files.</summary>
    /// <param name="weights">A checkpoint of a training, what was exported of one, or a folder.</param>
    /// <param name="device">
    /// Where it runs, and in which precision: <c>CpuDevice.Of(Precision.Bf16)</c> takes half the memory. Null: the processor, in fp32.
    /// </param>
    /// <exception cref="InputException">There is no such file, or it cannot be used.</exception>
    /// <exception cref="InvalidDataException">It is malformed, or lacks parameters.</exception>
    public static SspModel Load(string weights, IDevice? device = null) => Load(new SspModelOptions { Weights = [weights] }, device);

    /// <summary>Loads a model.</summary>
    /// <param name="options">What it is made of.</param>
    /// <param name="device">Where it runs, and in which precision; null: the processor, in fp32.</param>
    /// <exception cref="InputException">An option cannot be used, or options contradict each other.</exception>
    /// <exception cref="InvalidDataException">A file is malformed, or parameters are missing.</exception>
    public static SspModel Load(SspModelOptions options, IDevice? device = null) => new(options, device ?? CpuDevice.Default);

    /// <summary>
    /// What the model of some options is, without loading it: its task, and whether it could not be loaded for want of the binary stage's weights.
    /// </summary>
    /// <exception cref="InputException">A weight file is missing, or the options contradict each other.</exception>
    /// <exception cref="InvalidDataException">A weight file is malformed.</exception>
    public static (SegmentationTask Task, bool LacksStage1) Inspect(SspModelOptions options)
    {
        using var weights = new WeightFiles(options.Weights, options.Task);
        SegmentationTask task = ConfigOf(options, weights).Task;
        bool needsStage1 = task == SegmentationTask.Avss && !weights.IsMeaningless && !weights.HasBothTasks;
        return (task, needsStage1 && options.Stage1Weights.Count == 0);
    }

    /// <summary>Segments a clip, frame by frame, as far as the frames are read: memory does not grow with the clip's length.</summary>
    /// <param name="clip">A video, or a folder with <c>frames/</c> and <c>audio.wav</c>.</param>
    /// <param name="settings">How; null: as the model was trained.</param>
    /// <exception cref="InputException">The clip or a setting cannot be used.</exception>
    /// <exception cref="InvalidDataException">Numbers are not finite: the weights do not fit.</exception>
    public IEnumerable<SegmentedFrame> Segment(string clip, SegmentationSettings? settings = null) =>
        Begin(clip, settings ?? new SegmentationSettings(), (_, _, _) => { }).Frames();

    /// <summary>Begins to segment a clip, and tells of each step.</summary>
    /// <exception cref="InputException">The clip or a setting cannot be used.</exception>
    public ClipSegmentation Begin(string clip, SegmentationSettings settings, StageProgress progress)
    {
        if (settings.Prompts is not null && !ReadsText)
            throw new InputException("the model reads no text: give no prompts");
        if (settings.Prompts is not null && NeedsVocabulary)
            throw new InputException("prompts need the vocabulary that the weights were trained with");
        var pass = new SegmentationPass(_networks, With(_networks.Inference, settings));
        // Without a binary stage before it, the model runs first itself.
        SspNetworks first = _stage1 ?? _networks;
        var stage1 = new SegmentationPass(first, With(first.Inference, settings with { InferenceMask = null }).WithoutStage1);
        FlowKind flow = settings.Flow ?? Flow;
        if (flow == FlowKind.Perceiver)
            PerceiverFlowEstimator.RequireComplete(_weights, Config.Flow);
        return new ClipSegmentation(
            ClipSource.Open(clip, settings.Fps, settings.Audio), pass, stage1, settings, ClassNames, () => Estimator(flow, settings.FlowSize),
            new StageClock(progress))
        {
            Flow = flow,
            ModelId = _id,
        };
    }

    public void Dispose()
    {
        _networks?.Dispose();
        _stage1?.Dispose();
        _weights?.Dispose();
        _stage1Weights?.Dispose();
    }

    // Of sizes, and of the files by place, length and time: to read them all would take longer than many a clip.
    private string Identify(IEnumerable<string> files)
    {
        var key = new CacheKeyBuilder("model").Add("sizes", ConfigJson.Write(Config)).Add("weights", _weights.Description);
        foreach (string file in files.Select(Path.GetFullPath))
            key.Add("file", string.Create(CultureInfo.InvariantCulture, $"{file} {new FileInfo(file).Length} {File.GetLastWriteTimeUtc(file).Ticks}"));
        return key.Build().ToString();
    }

    private static InferenceSettings With(InferenceSettings usual, SegmentationSettings settings) =>
        new(settings.Tau ?? usual.Tau, settings.InferenceMask ?? usual.Mask, settings.Motion ?? usual.Motion);

    private void RequireComplete(SspModelOptions options)
    {
        try
        {
            _networks.RequireComplete();
            _stage1?.RequireComplete();
        }
        catch (InvalidDataException e) when (_weights.Notes.Count > 0 && options.Config is null)
        {
            throw new InvalidDataException($"{e.Message} {ShortList.Of([.. _weights.Notes], "; ")}", e);
        }
    }

    private IFlowEstimator? Estimator(FlowKind kind, FlowSize size) => kind switch
    {
        FlowKind.Perceiver => new PerceiverFlowEstimator(_weights, Config.Flow, size, Device),
        FlowKind.Pyramid => new PyramidFlowEstimator(),
        _ => null,
    };

    private static SspConfig ConfigOf(SspModelOptions options, WeightFiles weights)
    {
        if (options.Config is { } config)
            return options.Task is { } task && task != config.Task ? config.ForTask(task) : config;
        if ((weights.Card?.Config ?? weights.Sizes) is not { } known)
        {
            if (weights.Find(ModelPart.Mask2Former) is { } start)
                throw new InputException(
                    $"{start.Network.Name}: Mask2Former alone does not listen: a training begins with it; a segmenter of AAVS or SSP is needed");
            return weights.Notes.Count == 0
                ? SspConfig.Full(options.Task ?? SegmentationTask.Avs)
                : throw new InputException($"no segmenter of AAVS or SSP is among the weights: {ShortList.Of([.. weights.Notes], "; ")}");
        }
        return options.Task is null || options.Task == known.Task
            ? known
            : throw new InputException($"the weights are a model for task {ConfigJson.Word(known.Task)}, not {ConfigJson.Word(options.Task.Value)}");
    }

    private IEnumerable<string> LackingOfText()
    {
        if (!_weights.Holds(ModelPart.Alignment) && !_weights.Holds(ModelPart.TextAttention))
            yield return "the visual-textual alignment (vta.align_1, vta.align_2)";
        else if (!_weights.Holds(ModelPart.Text))
            yield return "the text encoder";
        else
            yield return "CLIP";
    }

    // Of published files, which no training of ours has put together.
    private IEnumerable<string> WhatIsMissing(SspModelOptions options)
    {
        if (Config.TextFusion != TextFusion.None)
            foreach (string note in _weights.TextNotes)
                yield return note;
        else if (options.Config is null)
            yield return $"No weights of {ShortList.Of([.. LackingOfText()])} are among the files: the model reads no text, as AAVS.";
        if (Flow == FlowKind.Pyramid)
            yield return "No weights of Perceiver flow are among the files: the classical pyramid estimates the flow.";
    }
}
