using System.CommandLine;
using System.Globalization;
using Spectre.Console;
using SspNative.Cli.Parsing;
using SspNative.Cli.Plots;
using SspNative.Cli.Terminal;
using SspNative.Cli.Training;
using SspNative.Engine;
using SspNative.Engine.Distributed;
using SspNative.Engine.Storage;
using SspNative.Kernels;
using SspNative.Lab.Ablation;
using SspNative.Lab.Ablation.Claims;
using SspNative.Model.Evaluation;
using SspNative.Model.Preprocessing;
using SspNative.Model.Training;
using SspNative.Model.Weights;

namespace SspNative.Cli.Evaluating;

/// <summary>What <c>ssp ablate --study claims</c> has of its own: its options, and how it is run.</summary>
internal sealed class ClaimsOptions
{
    /// <summary>The study's name.</summary>
    public const string Study = "claims";

    private const string RawFile = "raw.csv", JsonFile = "claims.json", PageFile = "claims.md";

    private readonly Option<string> _size = new Option<string>("--size")
    {
        Description = "For --study claims: smoke (to try it), screening (three seeds, about four hours of two cores) "
            + "or full (eight seeds, for a GPU or several machines).",
        HelpName = "smoke|screening|full",
        DefaultValueFactory = _ => "screening",
    }.OneOf([.. ClaimSize.All.Select(s => s.Name)]);

    private readonly Option<string[]> _claims = new("--claims")
    {
        Description = "For --study claims: which of C1 to C6. Default: all.",
        HelpName = "C1",
        AllowMultipleArgumentsPerToken = true,
    };

    private readonly Option<bool> _cost = new("--cost") { Description = "For --study claims: make the clips, tell what the study costs, and train nothing." };

    private readonly Option<string> _verdicts = new("--verdicts")
    {
        Description = "For --study claims: judge the scores of an earlier study's raw.csv, and run nothing.",
        HelpName = "raw.csv",
    };

    /// <summary>Adds the options to the verb.</summary>
    public void AddTo(Command command)
    {
        foreach (Option option in (Option[])[_size, _claims, _cost, _verdicts])
            command.Add(option);
    }

    /// <summary>Whether the command line asks for this study.</summary>
    /// <exception cref="InputException">It asks for others besides, or has these options without it.</exception>
    public bool IsWanted(ParseResult parsed, string[] studies)
    {
        bool wanted = studies.Contains(Study);
        if (wanted && studies.Length > 1)
            throw new InputException($"--study {Study} has clips of its own and goes with no other study");
        foreach (Option option in (Option[])[_size, _claims, _cost, _verdicts])
            parsed.RefuseUseless(option, !wanted, $"it is of --study {Study}");
        return wanted;
    }

    /// <summary>The report on an earlier study's scores; null where none are given.</summary>
    /// <param name="parsed">The command line.</param>
    /// <param name="others">Options of the verb that say what is trained.</param>
    /// <exception cref="InputException">The file cannot be used, or an option would change nothing.</exception>
    public ClaimsReport? Judged(ParseResult parsed, params IEnumerable<Option> others)
    {
        if (parsed.GetValue(_verdicts) is not { } path)
            return null;
        foreach (Option option in (Option[])[_size, _claims, _cost, .. others])
            parsed.RefuseUseless(option, true, $"{_verdicts.Name} trains nothing and judges all that its table has");
        return ClaimsReport.Of(RawTable.Read(path), null);
    }

    /// <summary>Runs the study.</summary>
    /// <param name="parsed">The command line.</param>
    /// <param name="folder">Of the study.</param>
    /// <param name="shared">What all rows share.</param>
    /// <param name="weights">First weights.</param>
    /// <param name="tokenizer">The tokenizer of the text encoder.</param>
    /// <param name="stage1">For task avss: the binary stage.</param>
    /// <param name="device">Where it is computed.</param>
    /// <returns>The report; null at ranks but the first, and where only the cost was asked for.</returns>
    /// <exception cref="InputException">Something given cannot be used.</exception>
    /// <exception cref="InterruptedException">It was stopped.</exception>
    public ClaimsReport? Run(
        ParseResult parsed, string folder, AblationSetting shared, WeightFiles weights, PromptTokenizer tokenizer, Stage1Model? stage1, IDevice device)
    {
        Claim[] claims = parsed.GetValue(_claims) is { Length: > 0 } ids
            ? [.. ids.Distinct().Order(StringComparer.Ordinal).Select(Claim.By)]
            : [.. ClaimCatalogue.All];
        var size = ClaimSize.By(parsed.GetRequiredValue(_size));
        if (!Directory.Exists(Path.Combine(folder, ClaimsStudy.Runs)))
            RunFolder.RequireEmpty(folder, "data");
        ICollective ranks = parsed.Ranks();
        using RunFolder? held = ranks.Rank == 0 ? RunFolder.Take(folder) : null;
        var study = new ClaimsStudy(folder, size, shared, weights, weights.Description, tokenizer, stage1, device);
        if (ranks.Rank == 0)
            ProgressBars.Show(parsed, progress =>
            {
                study.MakeData(claims, progress);
                return true;
            });
        ranks.Barrier();
        study.RequireWholePrompts(claims);
        AblationTraining[] open = AblationTraining.Open(study.Trainings(claims));
        ranks.RequireSame("study", string.Join(' ', open.Select(t => t.Folder)));
        if (ranks.Rank == 0)
            TellCost(parsed, study, claims, size, open, ranks.Count);
        if (parsed.GetValue(_cost))
            return null;
        AblationTrainings.Run(open, folder, ranks, parsed);
        if (ranks.Rank != 0)
            return null;
        using var quiet = new TrainingProgress(TextWriter.Null);
        // With those of earlier commands, whose results lie in the same files.
        claims = [.. ClaimCatalogue.All.Where(c => AblationTraining.Open(study.Trainings([c])).Length == 0)];
        RawTable raw = study.Scores(claims, quiet);
        var report = ClaimsReport.Of(raw, new ClaimsMaking(
            $"ssp {string.Join(' ', parsed.Tokens.Select(t => t.Value))}", size, shared.Config, shared.Options with { Epochs = size.Epochs }));
        AtomicFile.WriteText(Path.Combine(folder, RawFile), raw.ToCsv());
        AtomicFile.WriteText(Path.Combine(folder, JsonFile), report.ToJson() + "\n");
        AtomicFile.WriteText(Path.Combine(folder, PageFile), report.ToMarkdown());
        ClaimPlots.Draw(report, study.StillFound(claims, quiet), folder);
        return report;
    }

    /// <summary>The verdicts as a table.</summary>
    public static void Write(IAnsiConsole console, ClaimsReport report)
    {
        console.MarkupLineInterpolated(CultureInfo.InvariantCulture, $"{Output.Count(report.Seeds, "seed")}, {Output.Count(report.Clips, "clip")} scored");
        Table table = new Table().Border(TableBorder.Rounded);
        foreach (string title in (string[])["Claim", "Verdict", "Least gain, 95 %", "p (Holm)", "Shuffled", "Oracle", "Why"])
            table.AddColumn(title);
        foreach (ClaimVerdict v in report.Findings.Select(f => f.Verdict))
            table.AddRow(
            [
                .. ((string[])
                [
                    v.Claim, ClaimsReport.Word(v.Verdict), ClaimsReport.Text(v.Gains.MinBy(g => g.Effect.Mean)!.Effect),
                    v.AdjustedP.ToString("0.0000", CultureInfo.InvariantCulture), ClaimsReport.Text(v.Shuffled.Effect), ClaimsReport.Text(v.Oracle.Effect),
                    v.Reason,
                ]).Select(Markup.Escape),
            ]);
        console.Write(table);
    }

    private static void TellCost(ParseResult parsed, ClaimsStudy study, Claim[] claims, ClaimSize size, AblationTraining[] open, int ranks)
    {
        int rows = claims.Sum(c => c.Rows.Count);
        TimeSpan time = study.Measure(claims, open) / ranks;
        parsed.InvocationConfiguration.Error.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"{rows} rows, {size.Seeds} seeds, {size.Epochs} × {size.TrainingClips} training clips, {size.TestClips} test clips: "
            + $"{open.Length} trainings to do, about {(int)time.TotalHours}:{time:mm\\:ss} on {Output.Count(ranks, "rank")} by a measured step"));
    }
}
