using SspNative.Model.Config;

namespace SspNative.Model.Data.AvsBench;

/// <summary>Which clips of AVSBench are taken and what of them.</summary>
/// <param name="Split">The split.</param>
/// <param name="Subset">The subset; null takes all that there are.</param>
/// <param name="Task">For <c>avs</c>, labels are 0 and 1; for <c>avss</c>, the 71 classes.</param>
public sealed record AvsBenchOptions(ClipSplit Split, AvsBenchSubset? Subset, SegmentationTask Task)
{
    /// <summary>
    /// How the training clips of S4, labelled in their first frame alone, are given. True: as the published baseline trains,
    /// the first frame and its label T times against the T seconds of sound; exact flow is then the first pair's each time.
    /// False: T different frames of which the first has a label.
    /// </summary>
    public bool RepeatLabelledFrame { get; init; }

    /// <summary>
    /// Whether clips come subset by subset, v1s, v1m and v2, each in the order of its metadata, as the published baseline takes them; else all in that
    /// order.
    /// </summary>
    public bool BySubset { get; init; }

    /// <summary>
    /// Takes the labels of all things to be seen, <c>visible/T.png</c>, which synthetic clips have, in place of those of what sounds.
    /// </summary>
    public bool Visible { get; init; }

    /// <summary>Leaves the classes in labels for task <c>avs</c> too, where the release has them, so that scores can tell classes apart.</summary>
    public bool KeepClasses { get; init; }

    /// <summary>Takes what synthetic clips know of their scenes, <c>clip.json</c> and <c>visible/T.png</c>.</summary>
    public bool Scenes { get; init; }

    /// <summary>Takes <c>flow.safetensors</c> of clips that have one.</summary>
    public bool ExactFlow { get; init; }

    /// <summary>The level of prompts in files that hold several, such as "b"; null takes the file's own two texts.</summary>
    public string? PromptLevel { get; init; }

    /// <summary>Reads "v1s", "v1m", "v2", or "all", which is null.</summary>
    /// <exception cref="InputException">It is none of these.</exception>
    public static AvsBenchSubset? ParseSubset(string text) =>
        text == "all"
            ? null
            : AvsBenchNames.Subset(text) ?? throw new InputException($"\"{text}\" is no subset; v1s, v1m, v2 and all are");

    /// <summary>Reads "train", "val" or "test".</summary>
    /// <exception cref="InputException">It is none of these.</exception>
    public static ClipSplit ParseSplit(string text) =>
        AvsBenchNames.Split(text) ?? throw new InputException($"\"{text}\" is no split; train, val and test are");
}
