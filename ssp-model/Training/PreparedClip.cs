using SspNative.Model.Encoders.Vggish;
using SspNative.Model.Losses;

namespace SspNative.Model.Training;

/// <summary>What is to be found in one frame.</summary>
/// <param name="Classes">Classes of M targets; the background is one of them.</param>
/// <param name="Masks">(M,S,S) of 0 and 1.</param>
/// <param name="PostMasks">M_Post of every target (M,S,S).</param>
public sealed record FrameTargets(IReadOnlyList<int> Classes, float[] Masks, float[] PostMasks);

/// <summary>A clip's T labelled frames as plain numbers: all work of a batch that needs no network and no device, done on any thread.</summary>
/// <param name="Id">The clip's uid.</param>
/// <param name="Frames">T.</param>
/// <param name="Size">Side S of the model's images.</param>
/// <param name="Pixels">(T,3,S,S), normalised for Mask2Former.</param>
/// <param name="ClipSize">Side of CLIP's images.</param>
/// <param name="ClipPixels">(T,3,ClipSize,ClipSize), normalised for CLIP.</param>
/// <param name="PreMask">M_Pre or its stand-in (T,MaskHeight,MaskWidth).</param>
/// <param name="Examples">Log-mel examples (T,96,64).</param>
/// <param name="Ids">Prompt tokens.</param>
/// <param name="Boost">The binary masks (T,S,S) that task <c>avss</c> is given.</param>
/// <param name="Targets">One for each frame; none where the clip is prepared for validation.</param>
public sealed record PreparedClip(
    string Id, int Frames, int Size, float[] Pixels, int ClipSize, float[] ClipPixels, float[] PreMask, int MaskHeight, int MaskWidth, float[] Examples,
    long[] Ids, float[]? Boost, IReadOnlyList<FrameTargets> Targets)
{
    /// <summary>Which of the 71 classes sound in each frame (T,71), 0 or 1.</summary>
    public float[] Heard { get; init; } = [];

    /// <summary>The log-mel examples (T,1,96,64) on a device.</summary>
    public Tensor Sound(IDevice device) => Tensor.FromArray(Examples, [Frames, 1, LogMel.Frames, LogMel.Bands], device);

    /// <summary>The model's inputs on a device.</summary>
    /// <param name="vggish">Runs on the clip's examples; it is recorded only where a tape is open and its parameters are trained.</param>
    /// <param name="device">Where to.</param>
    public SspInputs Inputs(Vggish vggish, IDevice device)
    {
        using var scope = new TensorScope();
        Tensor mask = Ops.InterpolateBilinear(Tensor.FromArray(PreMask, [Frames, MaskHeight, MaskWidth, 1], device), Size, Size);
        long[] real = new long[Ids.Length];
        Array.Fill(real, 1);
        var inputs = new SspInputs(
            Tensor.FromArray(Pixels, [Frames, 3, Size, Size], device),
            Ops.Reshape(mask, Frames, Size, Size),
            Tensor.FromArray(ClipPixels, [Frames, 3, ClipSize, ClipSize], device),
            Tensor.FromArray(Ids, [1, Ids.Length], device),
            Tensor.FromArray(real, [1, Ids.Length], device),
            vggish.Forward(Sound(device)),
            Boost is null ? null : Tensor.FromArray(Boost, [Frames, Size, Size], device));
        scope.Keep<Tensor[]>([inputs.PixelValues, inputs.PreMask, inputs.ClipPixelValues, inputs.InputIds, inputs.AttentionMask, inputs.AudioFeatures]);
        if (inputs.BoostMask is { } boost)
            scope.Keep(boost);
        return inputs;
    }

    /// <summary>Targets of every frame.</summary>
    public MaskTargets[] MaskTargets(IDevice device) =>
        [.. Targets.Select(t => new MaskTargets(t.Classes, Tensor.FromArray(t.Masks, [t.Classes.Count, Size, Size], device)))];

    /// <summary>M_Post of every frame's targets.</summary>
    public Tensor[] PostMasks(IDevice device) => [.. Targets.Select(t => Tensor.FromArray(t.PostMasks, [t.Classes.Count, Size, Size], device))];
}
