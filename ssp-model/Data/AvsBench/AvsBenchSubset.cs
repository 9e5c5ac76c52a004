namespace SspNative.Model.Data.AvsBench;

/// <summary>The parts of AVSBench, by the names of its metadata.</summary>
public enum AvsBenchSubset
{
    /// <summary>One sounding object, 5 frames, training clips labelled in their first frame only: S4.</summary>
    V1s,

    /// <summary>Several sounding objects, 5 frames: MS3.</summary>
    V1m,

    /// <summary>What the semantic release added, 10 frames.</summary>
    V2,
}
