using SspNative.Model.Config;
using SspNative.Model.Data.Synthetic;

namespace SspNative.Lab.Ablation.Claims;

/// <summary>The six claims of the paper that the study tests.</summary>
public static class ClaimCatalogue
{
    private const string None = "AAVS", Flow = "pre-mask", Vta = "VTA", Att = "att";
    private const string ShuffledEnd = ", shuffled", OracleEnd = ", oracle";

    private static readonly ClaimInput _true = new();
    private static readonly Inputs _flow = new(new(Flow: InputKind.Shuffled), new(Flow: InputKind.Oracle));
    private static readonly Inputs _text = new(new(Text: InputKind.Shuffled), new(Text: InputKind.Oracle));
    private static readonly Inputs _both = new(new(InputKind.Shuffled, InputKind.Shuffled), new(InputKind.Oracle, InputKind.Oracle));

    // What sounds moves, and what is silent keeps still; of two of a kind only motion tells which one sounds.
    private static readonly ClaimWorld _moving = new("moving", new Premise
    {
        MotionSoundCorrelation = 0.8,
        StillShare = 0.1,
        MotionWhileSounding = true,
        Camouflage = 0.5,
        TwoOfAKind = 0.3,
        MovingBackground = 0,
        Snr = 5,
        Overlap = 0.3,
    });

    // Nothing moves; of look-alikes text tells which one is the class that is heard.
    private static readonly ClaimWorld _still = new("still", new Premise
    {
        MotionSoundCorrelation = 0,
        StillShare = 1,
        LookAlikes = 0.5,
        MovingBackground = 0,
        Snr = 0,
        Overlap = 0.3,
        TextHitRate = 0.95,
        TextFalseAlarmRate = 0.2,
    });

    // Half of what sounds keeps still. Motion alone tells two of a kind apart, text alone look-alikes.
    private static readonly ClaimWorld _mixed = new("mixed", new Premise
    {
        MotionSoundCorrelation = 0.4,
        StillShare = 0.5,
        MotionWhileSounding = true,
        LookAlikes = 0.3,
        TwoOfAKind = 0.3,
        MovingBackground = 0,
        Snr = 0,
        Overlap = 0.3,
        TextHitRate = 0.95,
        TextFalseAlarmRate = 0.2,
    });

    /// <summary>All claims, in order.</summary>
    public static IReadOnlyList<Claim> All { get; } = [PreMask(), PostMask(), Text(), VtaOverAttention(), Prompts(), Together()];

    private static Claim PreMask() => new(
        "C1",
        "Does the pre-mask help where what sounds moves?",
        "Yes: motion tells what sounds (ρ = 0.8), and things blend into the background (κ = 0.5).",
        _moving,
        [
            new(None, _true, Without), .. _flow.Rows(Flow, s => PreMasked(Without(s), knows: 0)),
        ],
        [Contrast.Between(Flow, None)], Contrast.Between(Flow + ShuffledEnd, None), Contrast.Between(Flow + OracleEnd, None));

    // The oracle's pre-mask gains by itself, so each row is compared with its own input without the post-mask.
    private static Claim PostMask()
    {
        const string pre = "eq. 2", post = "eq. 2 + post-mask";
        return new Claim(
            "C2",
            "Does the post-mask teach the network to use motion once the ground truth is gone from the pre-mask?",
            "Little: where a tenth of what sounds is still, λ' = 10 pulls its pixels to p = 1/3, which costs as much as the rest can gain.",
            _moving,
            [
                .. _flow.Rows(pre, s => PreMasked(Without(s), knows: 1)).Zip(_flow.Rows(post, PostMasked), (without, with) => (ClaimRow[])[without, with])
                    .SelectMany(pair => pair),
            ],
            [Contrast.Between(post, pre)], Contrast.Between(post + ShuffledEnd, pre + ShuffledEnd), Contrast.Between(post + OracleEnd, pre + OracleEnd));
    }

    private static Claim Text() => new(
        "C3",
        "Does text help where objects keep still?",
        "Yes, if the text path works: of look-alikes the text tells which is which, and it names what sounds more often than what does not.",
        _still,
        [
            new(None, _true, Without), .. _text.Rows(Vta, s => Worded(s, TextFusion.Vta)),
        ],
        [Contrast.Between(Vta, None)], Contrast.Between(Vta + ShuffledEnd, None), Contrast.Between(Vta + OracleEnd, None));

    private static Claim VtaOverAttention() => new(
        "C4",
        "Is VTA better than cross attention to the text?",
        "Not settled by the design: both are given the same words.",
        _still,
        [
            new(None, _true, Without), new(Att, _true, s => Worded(s, TextFusion.Attention)), new(Vta, _true, s => Worded(s, TextFusion.Vta)),
            new(Att + ShuffledEnd, _text.Shuffled, s => Worded(s, TextFusion.Attention)),
            new(Vta + ShuffledEnd, _text.Shuffled, s => Worded(s, TextFusion.Vta)), new(Vta + OracleEnd, _text.Oracle, s => Worded(s, TextFusion.Vta)),
        ],
        [Contrast.Between(Vta, Att)], Contrast.Between(Vta + ShuffledEnd, Att + ShuffledEnd), Contrast.Between(Vta + OracleEnd, None));

    // The least squares line through the four levels, from a to d: paired, unlike a test of ranks.
    private static Claim Prompts()
    {
        string[] levels = [.. "abc".Select(l => $"{Vta}, prompts {l}"), Vta];
        return new Claim(
            "C5",
            "Do better prompts help?",
            "A little: all levels say the same, among 52, 30, 10 and no useless words.",
            _still,
            [
                new(None, _true, Without),
                .. "abcd".Select((level, i) => new ClaimRow(levels[i], _true, s => Worded(s, TextFusion.Vta, level.ToString()))),
                new(levels[0] + ShuffledEnd, _text.Shuffled, s => Worded(s, TextFusion.Vta, "a")),
                new(Vta + ShuffledEnd, _text.Shuffled, s => Worded(s, TextFusion.Vta)), new(Vta + OracleEnd, _text.Oracle, s => Worded(s, TextFusion.Vta)),
            ],
            [new Contrast("rise of a line from prompts a to d", [(-0.9, levels[0]), (-0.3, levels[1]), (0.3, levels[2]), (0.9, levels[3])])],
            Contrast.Between(Vta + ShuffledEnd, levels[0] + ShuffledEnd), Contrast.Between(Vta + OracleEnd, None));
    }

    private static Claim Together()
    {
        const string both = "pre-mask + VTA";
        return new Claim(
            "C6",
            "Do motion and text complement each other?",
            "Yes, if C1 and C3 hold: motion tells two of a kind apart and text look-alikes, and half of what sounds keeps still.",
            _mixed,
            [
                new(None, _true, Without), new(Flow, _true, s => PreMasked(Without(s), knows: 0)), new(Vta, _true, s => Worded(s, TextFusion.Vta)),
                .. _both.Rows(both, Both),
            ],
            [Contrast.Between(both, Flow), Contrast.Between(both, Vta)], Contrast.Between(both + ShuffledEnd, None), Contrast.Between(both + OracleEnd, None));

        static AblationSetting Both(AblationSetting s) => PreMasked(Worded(s, TextFusion.Vta), knows: 0);
    }

    // Hiding the sound makes masks follow the text. Without text it would only cost.
    private static AblationSetting Without(AblationSetting shared) => shared with
    {
        Config = shared.Config with { TextFusion = TextFusion.None, Vta = null },
        Options = shared.Options with { PreMask = false, PostMaskWeight = null, SoundDropout = 0 },
        PromptLevel = "d",
    };

    // With a share of 1 the pre-mask is equation (2) in training; in testing it is ½ + ½·M_O.
    private static AblationSetting PreMasked(AblationSetting setting, float knows) =>
        setting with { Options = setting.Options with { PreMask = true, GroundTruthShare = knows } };

    private static AblationSetting PostMasked(AblationSetting shared)
    {
        AblationSetting masked = PreMasked(Without(shared), knows: 1);
        return masked with { Options = masked.Options with { PostMaskWeight = AblationStudy.PublishedWeight } };
    }

    // The alignment begins at AAVS, so that a row differs from the one without it by what it learns alone.
    private static AblationSetting Worded(AblationSetting shared, TextFusion way, string level = "d")
    {
        AblationSetting without = Without(shared);
        return without with
        {
            Config = without.Config with
            {
                TextFusion = way,
                Vta = way == TextFusion.Vta ? (shared.Config.Vta ?? new VtaConfig { Gate = true, EmbedVisual = true }) : null,
            },
            Options = without.Options with { SoundDropout = shared.Options.SoundDropout },
            PromptLevel = level,
        };
    }

    // A claim's input as it is not: of another clip, or what nothing estimates.
    private sealed record Inputs(ClaimInput Shuffled, ClaimInput Oracle)
    {
        public ClaimRow[] Rows(string name, Func<AblationSetting, AblationSetting> setting) =>
            [new(name, _true, setting), new(name + ShuffledEnd, Shuffled, setting), new(name + OracleEnd, Oracle, setting)];
    }
}
