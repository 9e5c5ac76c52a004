namespace SspNative.Model.Data.AvsBench;

/// <summary>The published split of a clip.</summary>
public enum ClipSplit
{
    Train,
    Val,
    Test,
}
