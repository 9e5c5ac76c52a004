using System.CommandLine;
using SspNative.Cli.Plots;
using SspNative.Cli.Terminal;
using SspNative.Cli.Training;
using SspNative.Engine;
using SspNative.Engine.Distributed;
using SspNative.Engine.Storage;
using SspNative.Kernels;
using SspNative.Lab.Ablation;
using SspNative.Model.Data;
using SspNative.Model.Data.Caching;
using SspNative.Model.Evaluation;
using SspNative.Model.OpticalFlow;
using SspNative.Model.Preprocessing;
using SspNative.Model.Training;
using SspNative.Model.Weights;

namespace SspNative.Cli.Evaluating;

/// <summary>How <c>ssp ablate</c> runs the paper's studies: clips, trainings, scores, and what is written of them.</summary>
/// <param name="options">What the command line says of them.</param>
internal sealed class AblationRun(AblationOptions options)
{
    /// <summary>Runs the studies; of several ranks, each has its share of the trainings.</summary>
    /// <param name="parsed">The command line.</param>
    /// <param name="start">What all trainings share.</param>
    /// <returns>The report; null at ranks but the first.</returns>
    /// <exception cref="InputException">Something given cannot be used.</exception>
    /// <exception cref="InterruptedException">It was stopped.</exception>
    public AblationReport? Run(ParseResult parsed, StudyStart start)
    {
        (string folder, AblationSetting shared, WeightFiles weights, PromptTokenizer tokenizer, _, Stage1Model? stage1, IDevice device) = start;
        AblationStudy[] studies = options.Studies(parsed);
        int seeds = options.Seeds(parsed);
        start.RequireOwnFolder();
        ClipCache? cache = options.OpenCache(parsed);
        IFlowEstimator? estimator = options.Estimator(parsed, shared, device);
        using var network = estimator as IDisposable;
        IClipDataset Train(AblationSetting setting) => options.Training(parsed, setting, estimator, cache);
        IClipDataset Test(AblationSetting setting) => options.Testing(parsed, setting, estimator, cache, stage1);
        IClipDataset train = Train(shared), test = Test(shared);
        string[] identity =
        [
            start.Identity, options.FlowIdentity(parsed), .. options.DataIdentity(parsed), .. Identity(train), .. Identity(test), stage1?.Hash ?? "",
        ];
        var runner = new AblationRunner(
            Path.Combine(folder, AblationRunner.TrainingsFolder), weights,
            string.Join(' ', identity), Train, Test, tokenizer, device);
        ICollective ranks = parsed.Ranks();
        ranks.RequireSame("study", runner.Folder(shared, (ulong)seeds) + string.Join(' ', studies.Select(s => s.Name)));
        using RunFolder? held = start.Take(ranks);
        // Seeds outermost: an ablation that is cut short has all variants, of fewer seeds.
        AblationTrainings.Run(
            AblationTraining.Open(Enumerable.Range(1, seeds).SelectMany(
                seed => studies.SelectMany(s => s.Variants),
                (seed, variant) => new AblationTraining(variant.Name, runner, variant.Change(shared), (ulong)seed))),
            folder, ranks, parsed);
        if (ranks.Rank != 0)
            return null;
        AblationTable[] tables = Tables(runner, studies, shared, seeds);
        var report = new AblationReport(
            $"ssp {string.Join(' ', parsed.Tokens.Select(t => t.Value))}", seeds, train.Count, test.Count, shared.Config, shared.Options, tables);
        AtomicFile.WriteText(Path.Combine(folder, "results.json"), report.ToJson() + "\n");
        AtomicFile.WriteText(Path.Combine(folder, "results.md"), report.ToMarkdown());
        foreach (AblationTable table in tables)
            AblationPlots.Draw(table, folder);
        return report;
    }

    // Sets of one seed have clips of the same names, whatever is in them.
    private static string[] Identity(IClipDataset clips) => [TrainingState.Fingerprint(clips), clips.Count > 0 ? RankHashes.Of(clips.Load(0)) : ""];

    private static AblationTable[] Tables(AblationRunner runner, AblationStudy[] studies, AblationSetting shared, int seeds)
    {
        using var quiet = new TrainingProgress(TextWriter.Null);
        return [.. studies.Select(Table)];

        AblationTable Table(AblationStudy study)
        {
            var rows = new List<AblationRow>();
            foreach (AblationVariant variant in study.Variants)
            {
                AblationScore[] scores =
                    [.. Enumerable.Range(1, seeds).Select(seed => runner.Run(variant.Change(shared), (ulong)seed, quiet, CancellationToken.None)!)];
                rows.Add(AblationRow.Of(variant.Name, scores, rows.Count == 0 ? null : rows[0].MeanIou));
            }
            return new AblationTable(study.Name, study.Title, rows) { Values = study.Values };
        }
    }
}
