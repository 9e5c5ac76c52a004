using SspNative.Model.Media;

namespace SspNative.Model.Evaluation;

/// <summary>Clips of a split scored by all protocols of a task, each frame once.</summary>
internal abstract class SplitTally
{
    /// <summary>Adds a clip.</summary>
    /// <param name="found">What was found, frame by frame.</param>
    /// <param name="truth">The labels of the same frames.</param>
    /// <param name="hasClasses">Whether labels are classes.</param>
    /// <returns>The clip's mean IoU.</returns>
    public abstract double Add(IReadOnlyList<FoundFrame> found, IReadOnlyList<LabelMap> truth, bool hasClasses);

    public abstract IReadOnlyList<ProtocolScore> Protocols();

    public abstract IReadOnlyList<ClassScore> Classes();

    /// <summary>The name of a label among a number of classes.</summary>
    protected static string NameOf(int label, int classes) =>
        classes == Palette.ClassNames.Count && label < classes ? Palette.ClassNames[label] : label == 0 ? Palette.ClassNames[0] : $"class {label}";
}
