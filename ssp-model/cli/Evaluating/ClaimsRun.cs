using System.CommandLine;
using System.Globalization;
using Spectre.Console;
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

/// <summary>How <c>ssp ablate --study claims</c> is run: clips, cost, trainings, scores, and what is written of them.</summary>
/// <param name="options">What the command line says of it.</param>
internal sealed class ClaimsRun(ClaimsOptions options)
{
    private const string RawFile = "raw.csv", JsonFile = "claims.json", PageFile = "claims.md";

    /// <summary>Runs the study.</summary>
    /// <param name="parsed">The command line.</param>
    /// <param name="start">What all trainings share.</param>
    /// <returns>The report; null at ranks but the first, and where only the cost was asked for.</returns>
    /// <exception cref="InputException">Something given cannot be used.</exception>
    /// <exception cref="InterruptedException">It was stopped.</exception>
    public ClaimsReport? Run(ParseResult parsed, StudyStart start)
    {
        (string folder, AblationSetting shared, WeightFiles weights, PromptTokenizer tokenizer, _, Stage1Model? stage1, IDevice device) = start;
        Claim[] claims = options.Claims(parsed);
        ClaimSize size = options.Size(parsed);
        start.RequireOwnFolder("data");
        ICollective ranks = parsed.Ranks();
        using RunFolder? held = start.Take(ranks);
        var study = new ClaimsStudy(folder, size, shared, weights, start.Identity, tokenizer, stage1, device);
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
        if (options.AsksForCost(parsed))
            return null;
        AblationTrainings.Run(open, folder, ranks, parsed);
        if (ranks.Rank != 0)
            return null;
        using var quiet = new TrainingProgress(TextWriter.Null);
        // With those of earlier commands, whose results lie in the same files.
        claims = [.. ClaimCatalogue.All.Where(c => AblationTraining.Open(study.Trainings([c])).Length == 0)];
        RawTable raw = study.Scores(claims, quiet);
        var report = ClaimsReport.Judge(raw, new ClaimsMaking(
            $"ssp {string.Join(' ', parsed.Tokens.Select(t => t.Value))}", size, shared.Config, shared.Options with { Epochs = size.Epochs }));
        AtomicFile.WriteText(Path.Combine(folder, RawFile), raw.ToCsv());
        AtomicFile.WriteText(Path.Combine(folder, JsonFile), report.ToJson() + "\n");
        AtomicFile.WriteText(Path.Combine(folder, PageFile), report.ToMarkdown());
        ClaimPlots.Draw(report, study.StillFound(claims, quiet), folder);
        return report;
    }

    private static void TellCost(ParseResult parsed, ClaimsStudy study, Claim[] claims, ClaimSize size, AblationTraining[] open, int ranks)
    {
        int rows = claims.Sum(c => c.Rows.Count);
        TimeSpan time = study.Measure(claims, open) / ranks;
        parsed.InvocationConfiguration.Error.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"{rows} rows, {size.Seeds} seeds, {size.Epochs} × {size.TrainingClips} training clips, {size.TestClips} test clips: "
            + $"{open.Length} trainings to do, about {Output.Hours(time)} on {Output.Count(ranks, "rank")} by a measured step"));
    }
}
