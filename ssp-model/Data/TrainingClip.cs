using SspNative.Model.Data.Synthetic;
using SspNative.Model.Media;
using SspNative.Model.OpticalFlow;
using SspNative.Model.Preprocessing;

namespace SspNative.Model.Data;

/// <summary>A labelled clip of T frames, ready to be turned into a batch.</summary>
/// <param name="Id">The clip's uid, which names it in messages and caches.</param>
/// <param name="Frames">T pictures of one size.</param>
/// <param name="Labels">T label maps of that size; null where a frame has no label (training clips of S4 label only the first).</param>
/// <param name="Examples">Log-mel examples (T,96,64).</param>
/// <param name="Flow">Optical flow between the frames, or null where none was computed.</param>
/// <param name="Prompts">What a language model said of the clip.</param>
public sealed record TrainingClip(
    string Id, IReadOnlyList<Image> Frames, IReadOnlyList<LabelMap?> Labels, float[] Examples, ClipFlow? Flow, Prompts Prompts)
{
    /// <summary>
    /// T masks of the binary stage, which the semantic stage is validated with, null for a frame without a label; null where they are not known.
    /// </summary>
    public IReadOnlyList<LabelMap?>? Stage1Masks { get; init; }

    /// <summary>
    /// Where the frames are one picture again and again: the picture after it, so that there is motion to estimate, which is then each pair's.
    /// </summary>
    public Image? NextPicture { get; init; }

    /// <summary>Whether the frames are one picture again and again, all of them with the motion that follows it.</summary>
    public bool RepeatsFirst { get; init; }

    /// <summary>The two frames that a pair of the flow is between.</summary>
    public (Image First, Image Second) Pair(int pair) => NextPicture is { } next ? (Frames[0], next) : (Frames[pair], Frames[pair + 1]);

    /// <summary>Whether labels are the classes of <see cref="Palette"/>; otherwise they tell what sounds from the background alone.</summary>
    public bool HasClasses { get; init; }

    /// <summary>All that is to be seen, where a clip knows that and it was asked for.</summary>
    public KnownScene? Scene { get; init; }
}
