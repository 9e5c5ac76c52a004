using SspNative.Model.Encoders.Clip;
using SspNative.Model.Encoders.Vggish;
using SspNative.Model.Losses;
using SspNative.Model.Networks;
using SspNative.Model.Preprocessing;

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
/// <param name="ClipPixels">(T,3,ClipSize,ClipSize), normalised for CLIP; null where nothing will read them.</param>
/// <param name="PreMask">M_Pre or its stand-in (T,MaskHeight,MaskWidth).</param>
/// <param name="Examples">Log-mel examples (T,96,64).</param>
/// <param name="Ids">Prompt tokens.</param>
/// <param name="Boost">The binary masks (T,S,S) that task <c>avss</c> is given.</param>
/// <param name="Targets">One for each frame; none where the clip is prepared for validation.</param>
public sealed record PreparedClip(
    string Id, int Frames, int Size, float[] Pixels, int ClipSize, float[]? ClipPixels, float[] PreMask, int MaskHeight, int MaskWidth, float[] Examples,
    long[] Ids, float[]? Boost, IReadOnlyList<FrameTargets> Targets)
{
    /// <summary>Which of the 71 classes sound in each frame (T,71), 0 or 1.</summary>
    public float[] Heard { get; init; } = [];

    /// <summary>The log-mel examples (T,1,96,64) on a device.</summary>
    public Tensor Sound(IDevice device) => Tensor.FromArray(Examples, [Frames, 1, LogMel.Frames, LogMel.Bands], device);

    /// <summary>CLIP's last hidden state of the frames (T,1+P,D); null where the model computes it from the pixels every time.</summary>
    public FrozenFeature? ClipTokens { get; init; }

    /// <summary>VGGish's embeddings of the examples (T,128); null where the model computes them every time.</summary>
    public FrozenFeature? AudioFeatures { get; init; }

    /// <summary>The model's inputs on a device.</summary>
    /// <param name="clip">Runs on the clip's pixels where its output is kept but not known yet.</param>
    /// <param name="vggish">
    /// Runs on the clip's examples unless its output is known; it is recorded only where a tape is open and its parameters are trained.
    /// </param>
    /// <param name="device">Where to.</param>
    public SspInputs Inputs(ClipVision? clip, Vggish vggish, IDevice device)
    {
        using var scope = new TensorScope();
        Tensor mask = Ops.InterpolateBilinear(Tensor.FromArray(PreMask, [Frames, MaskHeight, MaskWidth, 1], device), Size, Size);
        long[] real = new long[Ids.Length];
        Array.Fill(real, 1);
        Tensor Listen() => vggish.Forward(Tensor.FromArray(Examples, [Frames, 1, LogMel.Frames, LogMel.Bands], device));
        Tensor? Look() => ClipPixels is null ? null : Tensor.FromArray(ClipPixels, [Frames, 3, ClipSize, ClipSize], device);
        var inputs = new SspInputs(
            Tensor.FromArray(Pixels, [Frames, 3, Size, Size], device),
            Ops.Reshape(mask, Frames, Size, Size),
            ClipTokens is null ? Look() : null,
            Tensor.FromArray(Ids, [1, Ids.Length], device),
            Tensor.FromArray(real, [1, Ids.Length], device),
            AudioFeatures?.Load(Listen, device) ?? Listen(),
            Boost is null ? null : Tensor.FromArray(Boost, [Frames, Size, Size], device))
        {
            ClipTokens = ClipTokens?.Load(() => clip!.Forward(Look()!).LastHiddenState, device),
        };
        scope.Keep<Tensor[]>([inputs.PixelValues, inputs.PreMask, inputs.InputIds, inputs.AttentionMask, inputs.AudioFeatures]);
        scope.Keep(((Tensor?[])[inputs.ClipPixelValues, inputs.ClipTokens, inputs.BoostMask]).OfType<Tensor>());
        return inputs;
    }

    /// <summary>Targets of every frame.</summary>
    public MaskTargets[] MaskTargets(IDevice device) =>
        [.. Targets.Select(t => new MaskTargets(t.Classes, Tensor.FromArray(t.Masks, [t.Classes.Count, Size, Size], device)))];

    /// <summary>M_Post of every frame's targets.</summary>
    public Tensor[] PostMasks(IDevice device) => [.. Targets.Select(t => Tensor.FromArray(t.PostMasks, [t.Classes.Count, Size, Size], device))];
}
