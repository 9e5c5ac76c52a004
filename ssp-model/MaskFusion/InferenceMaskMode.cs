namespace SspNative.Model.MaskFusion;

/// <summary>
/// What takes the pre-mask's place when there is no ground truth. The paper only says that the ground truth is left out when
/// testing; these are this project's readings.
/// </summary>
public enum InferenceMaskMode
{
    /// <summary>½ + ½·M_O: certain where something moves, uncertain elsewhere, so that still objects survive.</summary>
    Soft,

    /// <summary>M_O alone: what does not move is erased from the image.</summary>
    Hard,

    /// <summary>Equation (2) with the mask that the binary stage, or a first run of the same model, predicts in place of the ground truth.</summary>
    Stage1,

    /// <summary>All ones: the image is left as it is.</summary>
    None,
}

/// <summary>The names of <see cref="InferenceMaskMode"/> in configurations and on the command line.</summary>
public static class InferenceMaskModes
{
    /// <summary>Reads "soft", "hard", "stage1" or "none".</summary>
    /// <exception cref="InputException">It is none of these.</exception>
    public static InferenceMaskMode Parse(string text) => text.ToLowerInvariant() switch
    {
        "soft" => InferenceMaskMode.Soft,
        "hard" => InferenceMaskMode.Hard,
        "stage1" => InferenceMaskMode.Stage1,
        "none" => InferenceMaskMode.None,
        _ => throw new InputException($"inference-mask must be soft, hard, stage1 or none, not \"{text}\""),
    };
}
