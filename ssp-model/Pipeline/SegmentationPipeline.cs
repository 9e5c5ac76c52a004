using SspNative.Model.Alignment;
using SspNative.Model.Config;
using SspNative.Model.Data;
using SspNative.Model.Encoders.Perceiver;
using SspNative.Model.Encoders.PyramidFlow;
using SspNative.Model.Encoders.Vggish;
using SspNative.Model.MaskFusion;
using SspNative.Model.Weights;

namespace SspNative.Model.Pipeline;

/// <summary>
/// From a clip to masks: decode, optical flow, sound, text, then frame by frame SSP; for task <c>avss</c> the binary stage first.
/// Each network is loaded when its stage begins and freed when it ends.
/// </summary>
public sealed class SegmentationPipeline
{
    // VGGish examples run at a time.
    private const int ExamplesAtOnce = 8;

    private readonly SegmentationOptions _options;
    private readonly IDevice _device;
    private readonly StageClock _clock;

    public SegmentationPipeline(SegmentationOptions options, IDevice device, StageProgress progress)
    {
        options.Validate();
        _options = options;
        _device = device;
        _clock = new StageClock(progress);
    }

    /// <summary>Runs everything and writes the result folder, whole or not at all.</summary>
    /// <exception cref="InputException">The clip or an option cannot be used.</exception>
    /// <exception cref="InvalidDataException">Weights do not fit, or a stage's numbers are not finite.</exception>
    public SegmentationReport Run()
    {
        using var scope = new TensorScope();
        using var directory = new ResultDirectory(_options.Output);
        using var weights = new WeightFiles(_options.Weights);
        using WeightFiles? stage1 = OpenStage1(weights);
        if (_options.Prompts is not null && _options.Vocabulary is null && !weights.IsMeaningless && !_options.HashesWords)
            throw new InputException("prompts need the vocabulary that the weights were trained with: give it with --vocab");
        RequireComplete(_options.Config, weights, hears: true, findsFlow: true);
        if (_options.Config.Task == SegmentationTask.Avss)
            RequireComplete(_options.Stage1Config ?? _options.Config.BinaryStage, stage1 ?? weights, _options.Stage1Config is not null);
        _device.ResetPeak();
        ClipSource clip = ClipSource.Open(_options.Input, _options.Fps);
        Image[] frames = _clock.Run("decode", clip.FrameCount, step => Decode(clip, step));
        ClipFlow? flow = EstimateFlow(frames, weights);
        float[] optical = ClipFlow.OpticalMasks(
            flow, frames.Length, _options.Config.ImageSize, _options.Tau, out int maskHeight, out int maskWidth);
        Tensor audio = _clock.Run("sound", 1, _ => Listen(clip, frames.Length, weights, _options.Config.Vggish));
        (Tensor Ids, Tensor Mask) text = Tokenize(_options.Config.Text);

        LabelMap[]? boost = null;
        float[] preMask;
        if (_options.Config.Task == SegmentationTask.Avss)
        {
            int size = _options.Config.ImageSize;
            LabelMap[] first = RunStage1(clip, frames, flow, stage1 ?? weights, audio);
            boost = [.. first.Select(f => f.ResizeNearest(size, size))];
            float[] sounding = [.. first.SelectMany(f => f.ResizeNearest(maskWidth, maskHeight).Labels.Select(l => l != 0 ? 1f : 0f))];
            preMask = Fuse(optical, _options.MaskMode, sounding);
        }
        else
        {
            preMask = Fuse(optical, _options.MaskMode, null);
        }
        (LabelMap[] Labels, float[][] Confidence)[] results = _clock.Run("segment", frames.Length, step => Segment(
            _options.Config, weights, frames, preMask, maskHeight, maskWidth, text, audio, boost, step, (frames[0].Height, frames[0].Width)));

        var report = SegmentationReport.From(_options, clip, _device, weights, results, _clock);
        _clock.Run("write", frames.Length, step =>
        {
            ResultWriter.Write(directory, report, frames, [.. results.Select(r => r.Labels[0])], flow, preMask, maskHeight, maskWidth, step);
            return true;
        });
        directory.Commit();
        return report;
    }

    // The binary stage's masks, at the frames' size.
    private LabelMap[] RunStage1(ClipSource clip, Image[] frames, ClipFlow? flow, WeightFiles weights, Tensor audio)
    {
        SspConfig config = _options.Stage1Config ?? _options.Config.BinaryStage;
        float[] optical = ClipFlow.OpticalMasks(
            flow, frames.Length, config.ImageSize, _options.Stage1Tau ?? _options.Tau, out int maskHeight, out int maskWidth);
        return _clock.Run("binary stage", frames.Length, step => Segment(
            config, weights, frames, Fuse(optical, _options.Stage1Mask, null), maskHeight, maskWidth, Tokenize(config.Text),
            _options.Stage1Config is null ? audio : Listen(clip, frames.Length, weights, config.Vggish), null, step,
            (frames[0].Height, frames[0].Width)).Select(f => f.Labels[0]).ToArray());
    }

    private WeightFiles? OpenStage1(WeightFiles weights)
    {
        if (_options.Config.Task == SegmentationTask.Avs)
            return null;
        if (_options.Stage1Weights.Count > 0)
            return new WeightFiles(_options.Stage1Weights);
        return weights.IsMeaningless
            ? null
            : throw new InputException("task avss needs the weights of the binary stage too: give them with --stage1");
    }

    // Builds every network without its numbers, so that one error tells what is missing before any work is done.
    private void RequireComplete(SspConfig config, WeightFiles weights, bool hears, bool findsFlow = false)
    {
        using ProfilerSpan span = Profiler.Stage("check weights");
        using var store = new ParameterStore(new ShapesOnlySource(weights), new CountingDevice());
        _ = new Ssp(store.Root, config);
        if (hears)
            _ = new Vggish(store.Root / "vggish", finalRelu: false, config.Vggish);
        if (findsFlow && _options.Flow == FlowKind.Perceiver)
            _ = new PerceiverFlow(store.Root, config.Flow);
        if (store.AbsentParts.Contains("perceiver"))
            throw new InputException(
                $"{weights.Description}: the weights have no part for Perceiver flow: add its file with --weights, or give --flow pyramid");
        store.ThrowIfIncomplete();
    }

    private Image[] Decode(ClipSource clip, Action step)
    {
        var frames = new List<Image>();
        foreach (Image frame in clip.Frames())
        {
            frames.Add(frame);
            step();
        }
        return frames.Count > 0 ? [.. frames] : throw new InputException($"{_options.Input}: no frame could be decoded");
    }

    private ClipFlow? EstimateFlow(Image[] frames, WeightFiles weights)
    {
        if (_options.Flow == FlowKind.None || frames.Length < 2)
            return null;
        if (_options.Flow == FlowKind.Pyramid)
            return _clock.Run("optical flow", frames.Length - 1, step => PyramidFlowEstimator.Estimate(frames, step));
        PerceiverFlowConfig config = _options.Config.Flow;
        using var store = new ParameterStore(weights, _device);
        var estimator = new FlowEstimator(new PerceiverFlow(store.Root, config), config, _device);
        int runs = (frames.Length - 1) * estimator.RunsPerPair(frames[0].Height, frames[0].Width, _options.FlowSize);
        return _clock.Run("optical flow", runs, step => estimator.Estimate(frames, _options.FlowSize, step));
    }

    private static float[] Fuse(float[] optical, InferenceMaskMode mode, float[]? stage1)
    {
        var mask = new float[optical.Length];
        FusedMasks.InferenceMask(mode, optical, stage1, mask);
        return mask;
    }

    private Tensor Listen(ClipSource clip, int frames, WeightFiles weights, VggishConfig config)
    {
        using var scope = new TensorScope();
        float[] examples = LogMel.ForVideoFrames(clip.Audio(), frames, clip.FramesPerSecond);
        using var store = new ParameterStore(weights, _device);
        var model = new Vggish(store.Root / "vggish", finalRelu: false, config);
        Tensor all = Tensor.FromArray(examples, [frames, 1, LogMel.Frames, LogMel.Bands], _device);
        var parts = new List<Tensor>();
        for (int first = 0; first < frames; first += ExamplesAtOnce)
            parts.Add(model.Forward(Ops.Narrow(all, 0, first, Math.Min(ExamplesAtOnce, frames - first))));
        return scope.Keep(FiniteCheck.Require(Ops.Concat(parts, 0), "sound embeddings"));
    }

    private (Tensor Ids, Tensor Mask) Tokenize(BertConfig text)
    {
        var tokenizer = PromptTokenizer.Open(_options.Vocabulary, text.VocabSize);
        long[] ids = Array.ConvertAll(tokenizer.Encode(_options.Prompts ?? Prompts.Empty, text.MaxPositionEmbeddings), id => (long)id);
        long[] real = new long[ids.Length];
        Array.Fill(real, 1);
        return (Tensor.FromArray(ids, [1, ids.Length], _device), Tensor.FromArray(real, [1, ids.Length], _device));
    }

    private (LabelMap[] Labels, float[][] Confidence)[] Segment(
        SspConfig config, WeightFiles weights, Image[] frames, float[] preMask, int maskHeight, int maskWidth, (Tensor Ids, Tensor Mask) text,
        Tensor audio, LabelMap[]? boost, Action step, params (int Height, int Width)[] sizes)
    {
        using var store = new ParameterStore(weights, _device);
        var segmenter = new FrameSegmenter(new Ssp(store.Root, config), config, _device);
        var results = new (LabelMap[], float[][])[frames.Length];
        int pixels = maskHeight * maskWidth;
        for (int t = 0; t < frames.Length; t++)
        {
            using var scope = new TensorScope();
            IReadOnlyList<(LabelMap Labels, float[] Confidence)> maps = segmenter.Segment(
                frames[t], preMask[(t * pixels)..((t + 1) * pixels)], maskHeight, maskWidth, text, Ops.Narrow(audio, 0, t, 1), boost?[t], sizes);
            results[t] = ([.. maps.Select(m => m.Labels)], [.. maps.Select(m => m.Confidence)]);
            step();
        }
        return results;
    }
}
