using SspNative.Model.Data.Synthetic;

namespace SspNative.Lab.Ablation.Claims;

/// <summary>What a module is given.</summary>
public enum InputKind
{
    /// <summary>The clip's own.</summary>
    True,

    /// <summary>Another clip's, so that it tells nothing of this one: the negative control.</summary>
    Shuffled,

    /// <summary>What the ground truth knows, so that a module that can use its input must gain: the positive control.</summary>
    Oracle,
}

/// <summary>What a row is given, in training and in testing alike.</summary>
/// <param name="Flow">The optical flow. An oracle's is there exactly where something sounds.</param>
/// <param name="Text">The prompts. An oracle's name exactly what sounds.</param>
public sealed record ClaimInput(InputKind Flow = InputKind.True, InputKind Text = InputKind.True);

/// <summary>Made clips in which the premise of a claim holds.</summary>
/// <param name="Name">In names of folders.</param>
/// <param name="Premise">The knobs of <c>ssp data synth</c>.</param>
public sealed record ClaimWorld(string Name, Premise Premise)
{
    /// <summary>The same clips with prompts that name exactly what sounds.</summary>
    public ClaimWorld WithOracleText => new($"{Name}-oracle", Premise with { TextHitRate = 1, TextFalseAlarmRate = 0 });
}

/// <summary>A model of a claim, trained with every seed.</summary>
/// <param name="Name">In tables, and by which contrasts name it.</param>
/// <param name="Input">What it is given.</param>
/// <param name="Change">What it changes of what all rows share.</param>
public sealed record ClaimRow(string Name, ClaimInput Input, Func<AblationSetting, AblationSetting> Change);

/// <summary>A weighted sum of rows' scores of one seed and one clip, whose weights add up to 0.</summary>
/// <param name="Name">What it tells.</param>
/// <param name="Terms">Weights and names of rows.</param>
public sealed record Contrast(string Name, IReadOnlyList<(double Weight, string Row)> Terms)
{
    /// <summary>One row less another.</summary>
    public static Contrast Between(string row, string other) => new($"{row} − {other}", [(1, row), (-1, other)]);
}

/// <summary>A claim of the paper, as it is tested. All of it is settled before anything is trained.</summary>
/// <param name="Id">C1 … C6.</param>
/// <param name="Question">What is asked.</param>
/// <param name="Prediction">What is expected, and why.</param>
/// <param name="World">The clips.</param>
/// <param name="Rows">What is trained.</param>
/// <param name="Gains">What must all be gains if the claim holds.</param>
/// <param name="Shuffled">What must be no gain if it holds.</param>
/// <param name="Oracle">What must be a gain if the module can use its input at all.</param>
public sealed record Claim(
    string Id, string Question, string Prediction, ClaimWorld World, IReadOnlyList<ClaimRow> Rows, IReadOnlyList<Contrast> Gains, Contrast Shuffled,
    Contrast Oracle)
{
    /// <summary>The claim of an id.</summary>
    /// <exception cref="InputException">There is none.</exception>
    public static Claim By(string id) => ClaimCatalogue.All.FirstOrDefault(c => c.Id == id)
        ?? throw new InputException($"there is no claim {id}; there are {string.Join(", ", ClaimCatalogue.All.Select(c => c.Id))}");
}
