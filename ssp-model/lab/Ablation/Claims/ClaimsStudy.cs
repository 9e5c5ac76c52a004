using System.Diagnostics;
using System.Security.Cryptography;
using System.Text;
using SspNative.Model.Config;
using SspNative.Model.Data.AvsBench;
using SspNative.Model.Data.Synthetic;
using SspNative.Model.Evaluation;
using SspNative.Model.Preprocessing;
using SspNative.Model.Training;
using SspNative.Model.Weights;

namespace SspNative.Lab.Ablation.Claims;

/// <summary>
/// The claims of the paper, each on made clips in which its premise holds, with true, shuffled and oracle input. Clips lie in <c>data/</c>, trainings in
/// <c>runs/</c>; what is there is not made again, so a study that was killed goes on.
/// </summary>
/// <param name="folder">Of the study.</param>
/// <param name="size">How large it is.</param>
/// <param name="shared">What all rows share.</param>
/// <param name="first">First weights of all rows.</param>
/// <param name="weights">What these are.</param>
/// <param name="tokenizer">The tokenizer of the text encoder.</param>
/// <param name="stage1">For task avss: the binary stage, whose masks of the test clips all rows are given.</param>
/// <param name="device">Where it is computed.</param>
public sealed class ClaimsStudy(
    string folder, ClaimSize size, AblationSetting shared, IParameterSource first, string weights, PromptTokenizer tokenizer, Stage1Model? stage1,
    IDevice device)
{
    private const string Data = "data";
    private const ulong DataSeed = 22;
    private const string StillSound = "sounding-still";
    private const int TimedSteps = 3;

    // A clip that is scored runs forward alone.
    private const double ForwardShare = 1.0 / 3;

    private readonly string _start = stage1 is null ? weights : $"{weights} {stage1.Hash}";

    private readonly AblationSetting _shared = shared with { Options = shared.Options with { Epochs = size.Epochs } };

    /// <summary>Makes the clips that claims need and that are not there yet.</summary>
    /// <exception cref="InputException">They cannot be written.</exception>
    public void MakeData(IEnumerable<Claim> claims, StageProgress progress)
    {
        foreach (ClaimWorld world in claims.SelectMany(c => c.Rows.Select(r => World(c, r))).DistinctBy(Root))
            if (!Directory.Exists(Root(world)))
            {
                Directory.CreateDirectory(Path.Combine(folder, Data));
                SyntheticDataSet.Write(Root(world), Options(world), progress);
            }
    }

    /// <summary>The trainings of claims, seeds outermost: a study that is cut short has all rows, of fewer seeds.</summary>
    public AblationTraining[] Trainings(IReadOnlyList<Claim> claims) =>
        [.. Seeds.SelectMany(seed => claims.SelectMany(c => c.Rows, (claim, row) => Training(claim, row, seed)))];

    /// <summary>The scores of claims whose trainings are done.</summary>
    public RawTable Scores(IReadOnlyList<Claim> claims, ITrainingObserver observer) => new(
        [
            .. from claim in claims
               from row in claim.Rows
               from seed in Seeds
               from clip in Training(claim, row, seed).Run(observer, CancellationToken.None)!.Clips ?? []
               select new RawScore(claim.Id, row.Name, seed, clip.Id, Math.Round(clip.MeanIou, 6), Round(clip.Found), Round(clip.Leaked)),
        ],
        folder);

    /// <summary>The share for each λ' of the pixels of what sounds and keeps still that C2's models with their own flow find, over their seeds.</summary>
    public IReadOnlyList<(double Weight, double Found)> StillFound(IReadOnlyList<Claim> claims, ITrainingObserver observer) =>
    [
        .. from claim in claims
           where claim.Id == "C2"
           from row in claim.Rows
           where row.Input == new ClaimInput()
           let found = Seeds.Select(seed => Training(claim, row, seed).Run(observer, CancellationToken.None)!.Difficulties
               .FirstOrDefault(d => d.Difficulty == StillSound)?.Recall).OfType<double>().ToArray()
           where found.Length > 0
           select ((double)(row.Change(_shared).Options.PostMaskWeight ?? 0), found.Average()),
    ];

    /// <summary>How long one rank will take for trainings, by some measured steps of each kind of network among them.</summary>
    /// <exception cref="InvalidDataException">The weights do not fit.</exception>
    public TimeSpan Measure(IReadOnlyList<Claim> claims, IReadOnlyCollection<AblationTraining> open)
    {
        var rows = claims.SelectMany(c => c.Rows, (claim, row) => (Claim: claim, Row: row)).ToDictionary(r => Name(r.Claim, r.Row));
        TimeSpan all = TimeSpan.Zero;
        foreach (IGrouping<(TextFusion, bool), AblationTraining> kind in open.GroupBy(t => (t.Setting.Config.TextFusion, t.Setting.Options.PreMask)))
            all += kind.Count() * TimeOf(rows[kind.First().Name]);
        return all;

        TimeSpan TimeOf((Claim Claim, ClaimRow Row) of) => PerClip(of.Claim, of.Row) * (size.Epochs * size.TrainingClips + ForwardShare * size.TestClips);
    }

    private TimeSpan PerClip(Claim claim, ClaimRow row)
    {
        AblationSetting setting = row.Change(_shared);
        var missing = new WarmStart(first, setting.Options.FirstValues(setting.Config)) { May = setting.Options.Initialises };
        using var model = new TrainingModel(setting.Config, missing, device, setting.Options.Objective);
        using var trainer = new Trainer(model, Clips(claim, row, setting, ClipSplit.Train), setting.Options with { Epochs = TimedSteps + 1 }, tokenizer);
        trainer.Step();
        var clock = Stopwatch.StartNew();
        int clips = 0;
        for (int i = 0; i < TimedSteps && !trainer.IsFinished; i++)
            clips += trainer.Step().Clips.Count;
        return clock.Elapsed / Math.Max(1, clips);
    }

    /// <summary>
    /// Refuses claims that compare levels of prompts which the text encoder cannot read whole: it would be their length that is compared.
    /// </summary>
    /// <exception cref="InputException">A prompt is too long.</exception>
    public void RequireWholePrompts(IEnumerable<Claim> claims)
    {
        int room = _shared.Config.Text.MaxPositionEmbeddings;
        foreach (Claim claim in claims)
        {
            // Each level once, of the claim's own clips: an oracle's text says no more.
            (ClaimRow Row, AblationSetting Setting)[] levels =
            [
                .. claim.Rows.Select(row => (row, row.Change(_shared))).Where(r => r.Item2.Config.TextFusion != TextFusion.None)
                    .DistinctBy(r => r.Item2.PromptLevel),
            ];
            foreach ((ClaimRow row, AblationSetting setting) in levels.Length > 1 ? levels : [])
                if (Longest(claim, row, setting) is var longest && longest > room)
                    throw new InputException(
                        $"{claim.Id}: prompts of level {setting.PromptLevel} have up to {longest} tokens, and the text encoder reads {room}: "
                        + $"give a configuration with more text.max_position_embeddings, or leave {claim.Id} out");
        }
    }

    private int Longest(Claim claim, ClaimRow row, AblationSetting setting) => new[] { ClipSplit.Train, ClipSplit.Test }
        .Select(split => Of(claim, row, setting, split)).Max(set => Enumerable.Range(0, set.Count).Max(i => tokenizer.Count(set.PromptsOf(i))));

    private IEnumerable<ulong> Seeds => Enumerable.Range(1, size.Seeds).Select(s => (ulong)s);

    private static string Name(Claim claim, ClaimRow row) => $"{claim.Id} {row.Name}";

    private static double? Round(double? share) => share is { } known ? Math.Round(known, 6) : null;

    private static ClaimWorld World(Claim claim, ClaimRow row) => row.Input.Text == InputKind.Oracle ? claim.World.WithOracleText : claim.World;

    private SyntheticOptions Options(ClaimWorld world) => new(
        size.Clips, DataSeed, size.Pixels, size.Frames, new SplitShares((double)size.TrainingClips / size.Clips, 0, (double)size.TestClips / size.Clips))
    {
        Premise = world.Premise,
    };

    // Clips of other options are other clips, of the same names.
    private string Hash(ClaimWorld world) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(ConfigJson.Write(Options(world)))))[..8];

    private string Root(ClaimWorld world) => Path.Combine(folder, Data, $"{world.Name}-{Hash(world)}");

    private AblationTraining Training(Claim claim, ClaimRow row, ulong seed)
    {
        var runner = new AblationRunner(
            Path.Combine(folder, AblationRunner.TrainingsFolder), first, $"{_start} {Hash(World(claim, row))} {row.Input}",
            s => Clips(claim, row, s, ClipSplit.Train), s => Clips(claim, row, s, ClipSplit.Test), tokenizer, device);
        return new AblationTraining(Name(claim, row), runner, row.Change(_shared), seed);
    }

    // The binary stage's masks are the same for all rows: of the claim's own clips, with the prompts of the first row.
    private ClaimInputDataset Clips(Claim claim, ClaimRow row, AblationSetting setting, ClipSplit split) => new(Of(claim, row, setting, split), row.Input)
    {
        Stage1 = split == ClipSplit.Train ? null : stage1?.Over(Of(claim, claim.Rows[0], claim.Rows[0].Change(_shared), split)),
    };

    private AvsBenchDataset Of(Claim claim, ClaimRow row, AblationSetting setting, ClipSplit split) =>
        new(Root(World(claim, row)), new AvsBenchOptions(split, null, setting.Config.Task)
        {
            KeepClasses = split == ClipSplit.Test || setting.Config.HasClasses,
            Scenes = split == ClipSplit.Test,
            ExactFlow = true,
            PromptLevel = setting.PromptLevel,
        });
}
