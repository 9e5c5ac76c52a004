namespace SspNative.Model.Data;

/// <summary>Labelled clips in a fixed order.</summary>
public interface IClipDataset
{
    int Count { get; }

    /// <summary>The uid of a clip, without reading it.</summary>
    string Id(int index);

    /// <summary>Reads a clip; may be called from several threads.</summary>
    /// <exception cref="InputException">A file is missing or malformed; the message names it and the reason.</exception>
    TrainingClip Load(int index);
}

/// <summary>What all data sets are asked.</summary>
internal static class ClipDatasets
{
    /// <param name="data">The clips.</param>
    /// <param name="what">What they are.</param>
    /// <exception cref="InputException">There is no clip.</exception>
    public static void RequireClips(this IClipDataset data, string what = "data set")
    {
        if (data.Count == 0)
            throw new InputException($"the {what} has no clips: choose one that has some");
    }
}
