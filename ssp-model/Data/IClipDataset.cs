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
