namespace SspNative.Model.Data.Synthetic;

/// <summary>Whether two things of a clip are hard to tell apart.</summary>
internal enum Kinship
{
    /// <summary>Things differ in class and in what they look like.</summary>
    None,

    /// <summary>The second is of another class than the first and looks the same.</summary>
    LookAlikes,

    /// <summary>The second is of the class of the first and looks the same.</summary>
    TwoOfAKind,
}
