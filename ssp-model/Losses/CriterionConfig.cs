using SspNative.Model.Config;

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

    /// <summary>P · oversampling.</summary>
    internal int CandidatePoints => (int)(NumPoints * OversampleRatio);

    /// <summary>Points of a mask that are chosen from the candidates.</summary>
    internal int ImportantPoints => (int)(NumPoints * ImportanceSampleRatio);

    /// <summary>The rest of P.</summary>
    internal int UniformPoints => NumPoints - ImportantPoints;

    /// <summary>Checks every number.</summary>
    /// <param name="path">Where it lies in the file, as <c>criterion.</c></param>
    /// <exception cref="InvalidDataException">One is out of its range.</exception>
    internal void Validate(string path)
    {
        const float most = 1e6f;
        var check = new MemberCheck(path);
        check.Range(ClassWeight, 0f, most);
        check.Range(MaskWeight, 0f, most);
        check.Range(DiceWeight, 0f, most);
        check.Range(MatchingClassWeight, 0f, most);
        check.Range(NoObjectWeight, 0f, most);
        // 512², of which a mask of 2048² pixels at a quarter has as many.
        check.Range(NumPoints, 1, 262_144);
        check.Range(OversampleRatio, 1f, 16f);
        check.Range(ImportanceSampleRatio, 0f, 1f);
    }
}
