using SspNative.Model.Config;
using SspNative.Model.Training;

namespace SspNative.Lab.Ablation;

/// <summary>A way of training that a study compares with others.</summary>
/// <param name="Name">Its row in tables.</param>
/// <param name="Change">What it changes of the sizes and options that all variants share.</param>
public sealed record AblationVariant(string Name, Func<AblationSetting, AblationSetting> Change);

/// <summary>All that distinguishes one training of an ablation from another, but its seed.</summary>
/// <param name="Config">The model.</param>
/// <param name="Options">The training.</param>
/// <param name="PromptLevel">Quality of the prompts, null for the data set's only one.</param>
public sealed record AblationSetting(SspConfig Config, TrainingOptions Options, string? PromptLevel);

/// <summary>Variants that one table compares.</summary>
/// <param name="Name">On the command line and in file names.</param>
/// <param name="Title">Over its table.</param>
/// <param name="Variants">Its rows; differences are to the first one.</param>
public sealed record AblationStudy(string Name, string Title, IReadOnlyList<AblationVariant> Variants)
{
    /// <summary>The numbers of a sweep's variants.</summary>
    public IReadOnlyList<double>? Values { get; init; }

    /// <summary>Names of all studies.</summary>
    public static IReadOnlyList<string> Names { get; } = ["table2", "lambda", "prompts", "ground-truth"];

    /// <summary>λ' of the full model, as the paper has it.</summary>
    internal const float PublishedWeight = 10;

    /// <summary>A study by its name.</summary>
    /// <exception cref="InputException">There is none.</exception>
    public static AblationStudy By(string name) => name switch
    {
        "table2" => Table2(),
        "lambda" => PostMaskWeights([0, 1, 2, 5, 10, 20]),
        "prompts" => PromptQuality(),
        "ground-truth" => GroundTruth([0, 0.5f, 1]),
        _ => throw new InputException($"there is no study {name}; there are {string.Join(", ", Names)}, and all"),
    };

    /// <summary>Table 2 of the paper: which of pre-mask, post-mask, text and VTA help.</summary>
    public static AblationStudy Table2() => new(
        "table2",
        "Components (Table 2)",
        [
            new("AAVS", s => With(s, preMask: false, postMask: false, TextFusion.None)),
            new("+ pre-mask", s => With(s, preMask: true, postMask: false, TextFusion.None)),
            new("+ pre-mask + post-mask", s => With(s, preMask: true, postMask: true, TextFusion.None)),
            new("+ text, without VTA", s => With(s, preMask: false, postMask: false, TextFusion.Attention)),
            new("+ text with VTA", s => With(s, preMask: false, postMask: false, TextFusion.Vta)),
            new("without post-mask", s => With(s, preMask: true, postMask: false, TextFusion.Vta)),
            new("full", s => With(s, preMask: true, postMask: true, TextFusion.Vta)),
        ]);

    /// <summary>Fig. 5: the full model by the weight λ' of its post-mask loss.</summary>
    public static AblationStudy PostMaskWeights(IReadOnlyList<float> weights) => new(
        "lambda",
        "Weight λ' of the post-mask loss (Fig. 5)",
        [
            .. weights.Select(w => new AblationVariant(
                FormattableString.Invariant($"λ' = {w}"),
                s => With(s, preMask: true, postMask: w > 0, TextFusion.Vta, w))),
        ])
    {
        Values = [.. weights.Select(w => (double)w)],
    };

    /// <summary>
    /// Fig. 6: the model without text, and the full model by the quality of its prompts, from the best, by the letters of Fig. 7, and the way text enters.
    /// </summary>
    public static AblationStudy PromptQuality() => new(
        "prompts",
        "Quality of prompts (Fig. 6)",
        [
            new("w/o text", s => With(s, preMask: true, postMask: true, TextFusion.None)),
            .. ((string[])["d", "c", "b", "a"]).SelectMany(level => ((string, TextFusion)[])[("att", TextFusion.Attention), ("VTA", TextFusion.Vta)],
                (level, way) => new AblationVariant(
                    $"prompts {level}, {way.Item1}", s => With(s, preMask: true, postMask: true, way.Item2) with { PromptLevel = level })),
        ]);

    /// <summary>What the pre-mask may know in training, without a post-mask (not in the paper): with 1, as printed, it always shows the answer.</summary>
    public static AblationStudy GroundTruth(IReadOnlyList<float> shares) => new(
        "ground-truth",
        "Share of training clips whose pre-mask knows the ground truth",
        [
            .. shares.Select(share => new AblationVariant(
                FormattableString.Invariant($"share {share}"),
                s => With(s with { Options = s.Options with { GroundTruthShare = share } }, preMask: true, postMask: false, TextFusion.Vta))),
        ])
    {
        Values = [.. shares.Select(s => (double)s)],
    };

    private static AblationSetting With(AblationSetting shared, bool preMask, bool postMask, TextFusion text, float weight = PublishedWeight) => shared with
    {
        Config = shared.Config with { TextFusion = text, Vta = text == TextFusion.Vta ? shared.Config.Vta : null },
        Options = shared.Options with { PreMask = preMask, PostMaskWeight = postMask ? weight : null },
    };
}
