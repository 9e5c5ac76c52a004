using SspNative.Model.Data;
using SspNative.Model.Losses;

namespace SspNative.Model.Training;

/// <summary>A clip's labelled frames, ready for the networks, with what is to be found in them.</summary>
/// <param name="Prepared">The frames.</param>
/// <param name="Targets">One for each frame; none for the objectives that tell classes alone.</param>
public sealed record LabelledClip(PreparedClip Prepared, IReadOnlyList<FrameTargets> Targets)
{
    /// <summary>Which of the 71 classes sound in each frame (T,71), or are named in the prompts (1,71), 0 or 1.</summary>
    public float[] TrueClasses { get; init; } = [];

    /// <summary>Targets of every frame.</summary>
    public MaskTargets[] MaskTargets(IDevice device) =>
        [.. Targets.Select(t => new MaskTargets(t.Classes, Tensor.FromArray(t.Masks, [t.Classes.Count, Prepared.Size, Prepared.Size], device)))];

    /// <summary>M_Post of every frame's targets.</summary>
    public Tensor[] PostMasks(IDevice device) =>
        [.. Targets.Select(t => Tensor.FromArray(t.PostMasks, [t.Classes.Count, Prepared.Size, Prepared.Size], device))];
}
