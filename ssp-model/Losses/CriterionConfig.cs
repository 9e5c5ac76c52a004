namespace SspNative.Model.Losses;

/// <summary>Settings of <see cref="SetCriterion"/>. The defaults are those of Mask2Former's published training.</summary>
public sealed record CriterionConfig
{
    /// <summary>Weight of the class cross entropy in the loss.</summary>
    public float ClassWeight { get; init; } = 2f;

    /// <summary>Weight of the masks' binary cross entropy, in the loss and in the matching cost.</summary>
    public float MaskWeight { get; init; } = 5f;

    /// <summary>Weight of the dice loss, in the loss and in the matching cost.</summary>
    public float DiceWeight { get; init; } = 5f;

    /// <summary>
    /// Weight of the class probability in the matching cost. 1 as in transformers, on which AAVS is trained; the code of the
    /// Mask2Former paper has 2.
    /// </summary>
    public float MatchingClassWeight { get; init; } = 1f;

    /// <summary>Weight of the null class in the cross entropy.</summary>
    public float NoObjectWeight { get; init; } = 0.1f;

    /// <summary>Points P at which masks are compared.</summary>
    public int NumPoints { get; init; } = 12544;

    /// <summary>Candidates for important points, as a multiple of P.</summary>
    public float OversampleRatio { get; init; } = 3f;

    /// <summary>Share of P that are important points.</summary>
    public float ImportanceSampleRatio { get; init; } = 0.75f;
}
