using SspNative.Model.Data;
using SspNative.Model.Media;
using SspNative.Model.Networks;
using SspNative.Model.Preprocessing;
using SspNative.Model.Training;

namespace SspNative.Model.Evaluation;

/// <summary>
/// Clips with the masks that a trained binary stage finds in them, which the semantic stage is given. A clip's masks are made when it is read
/// first and then kept, as small as their files would be; a clip that brings masks keeps those.
/// </summary>
/// <param name="clips">The clips.</param>
/// <param name="model">The binary stage; stays the caller's.</param>
/// <param name="options">How it was trained: they decide its pre-mask.</param>
/// <param name="tokenizer">The tokenizer of the model's text encoder.</param>
internal sealed class Stage1ModelDataset(IClipDataset clips, TrainingModel model, TrainingOptions options, PromptTokenizer tokenizer) : IClipDataset
{
    // Before it there is no stage whose masks it could be given.
    private readonly LabelledClipPreparer _preparer = new(
        model.Config, options with { InferenceMask = options.Inference.WithoutStage1.Mask }, tokenizer);

    private readonly byte[][]?[] _masks = new byte[clips.Count][][];
    private readonly Lock _running = new();

    public int Count => clips.Count;

    public string Id(int index) => clips.Id(index);

    public TrainingClip Load(int index)
    {
        TrainingClip clip = clips.Load(index);
        if (clip.Stage1Masks is not null)
            return clip;
        lock (_running)
            return clip with { Stage1Masks = [.. (_masks[index] ??= Segment(clip)).Select(m => PalettePng.Decode(m, clip.Id))] };
    }

    // Frames without a label are never asked for their masks.
    private byte[][] Segment(TrainingClip clip)
    {
        int width = clip.Frames[0].Width, height = clip.Frames[0].Height;
        IReadOnlyList<SegmentedMask> found = Evaluator.Segment(model, _preparer.ForValidation(clip).Prepared, height, width);
        byte[][] masks = new byte[clip.Frames.Count][];
        Array.Fill(masks, PalettePng.Encode(new LabelMap(width, height)));
        foreach ((int frame, SegmentedMask mask) in LabelledClipPreparer.LabelledFrames(clip).Zip(found))
            masks[frame] = PalettePng.Encode(mask.Labels);
        return masks;
    }
}
