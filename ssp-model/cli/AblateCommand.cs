using System.CommandLine;
using System.Diagnostics;
using Spectre.Console;
using SspNative.Cli.Plots;
using SspNative.Engine;
using SspNative.Engine.Distributed;
using SspNative.Engine.Storage;
using SspNative.Kernels;
using SspNative.Lab.Ablation;
using SspNative.Model.Config;
using SspNative.Model.Data;
using SspNative.Model.Data.AvsBench;
using SspNative.Model.Data.Caching;
using SspNative.Model.OpticalFlow;
using SspNative.Model.Preprocessing;
using SspNative.Model.Training;
using SspNative.Model.Weights;

namespace SspNative.Cli;

/// <summary><c>ssp ablate</c>: the paper's studies, each variant trained with several seeds.</summary>
internal static class AblateCommand
{
    // The folder of the trainings, by which the folder of an ablation is known.
    private const string Runs = "runs";

    private static readonly DataOptions _data = new();

    private static readonly CacheOptions _cache = new("none");

    private static readonly Option<string[]> _study = new("--study")
    {
        Description = "table2 (components), lambda (weight of the post-mask loss), prompts (quality, by the way text enters), "
            + "ground-truth (what the pre-mask knows in training), or all; several may be given.",
        HelpName = "NAME",
        DefaultValueFactory = _ => ["table2"],
        AllowMultipleArgumentsPerToken = true,
    };

    private static readonly Option<int> _seeds = new("--seeds")
    {
        Description = "Trainings of each variant, with the seeds 1 to N.",
        HelpName = "N",
        DefaultValueFactory = _ => 3,
    };

    private static readonly Option<string> _out = new("--out")
    {
        Description = "The folder of the trainings, of results.json, results.md and the plots. A command that was interrupted goes on when it is repeated.",
        HelpName = "DIR",
        Required = true,
    };

    private static readonly Option<string[]> _weights = new("--weights")
    {
        Description = "First weights that all variants share: files or a folder of them, as for ssp segment, or initial[:SEED]. Parameters that files lack are initialised.",
        HelpName = "FILE",
        DefaultValueFactory = _ => ["initial"],
    };

    private static readonly Option<string> _options = new("--options")
    {
        Description = "A JSON file with the training options that all variants share; default: the first phase that the paper has.",
        HelpName = "FILE.json",
    };

    private static readonly Option<string> _testData = new("--test-data")
    {
        Description = "Where the clips to be scored lie, if not in --data.",
        HelpName = "DIR",
    };

    private static readonly Option<string> _split = new("--split")
    {
        Description = "Which clips are scored: val or test.",
        HelpName = "NAME",
        DefaultValueFactory = _ => "test",
    };

    private static readonly Option<int?> _clips = new("--clips")
    {
        Description = "Train on the first N clips alone, for a shortened schedule.",
        HelpName = "N",
    };

    private static readonly Option<string> _vocab = new("--vocab")
    {
        Description = "The text encoder's WordPiece vocabulary; without it words are hashed to ids.",
        HelpName = "vocab.txt",
    };

    public static Command Create()
    {
        Option<string> config = ConfigOption.Create(), task = ConfigOption.CreateTask(), device = DeviceOption.Create();
        var json = new Option<bool>("--json") { Description = "Print results.json instead of tables." };
        var command = new Verb(
            "ablate",
            "Trains the variants of the paper's studies with several seeds and compares them: tables and plots of means and spreads.",
            "ssp ablate --data avsbench --subset v1s --weights aavs.safetensors --out ablation",
            "ssp ablate --data synth --study table2 lambda --seeds 3 --clips 1000 --config models/synth.json --options benchmarks/results/ablation/short.json --out ablation")
        {
            _study, _seeds, _out, _weights, _options, _testData, _split, _clips, _vocab, config, task, device, json,
        };
        _data.AddTo(command);
        _cache.AddTo(command);
        command.SetAction(parsed =>
        {
            AblationReport? report = Run(parsed, config, task, DeviceOption.Open(parsed.GetRequiredValue(device)));
            TextWriter output = parsed.InvocationConfiguration.Output;
            if (report is not null && parsed.GetValue(json))
                output.WriteLine(report.ToJson());
            else if (report is not null)
                AblationTables.Write(Output.Lines(output), report);
            return SspCommandLine.Success;
        });
        return command;
    }

    // Of several ranks, each has its share of the trainings, and the first one reports.
    private static AblationReport? Run(ParseResult parsed, Option<string> config, Option<string> task, IDevice device)
    {
        AblationStudy[] studies = [.. Studies(parsed.GetRequiredValue(_study))];
        int seeds = parsed.GetRequiredValue(_seeds);
        if (seeds < 1)
            throw new InputException($"--seeds {seeds}: each variant needs at least one training");
        if (parsed.GetValue(_clips) is < 1 and var clips)
            throw new InputException($"--clips {clips}: a training needs at least one clip");
        AblationSetting shared = Shared(parsed, config, task);
        string folder = parsed.GetRequiredValue(_out);
        if (!Directory.Exists(Path.Combine(folder, Runs)))
            RunFolder.RequireEmpty(folder);
        var tokenizer = PromptTokenizer.Open(parsed.GetValue(_vocab), shared.Config.Text.VocabSize);
        ClipCache? cache = _cache.Open(parsed, null);
        using var weights = new WeightFiles(parsed.GetRequiredValue(_weights));
        IFlowEstimator? estimator = _data.Estimator(
            parsed, parsed.GetRequiredValue(_data.Flow), parsed.GetValue(_data.FlowWeights), shared.Config.Flow, device);
        using var network = estimator as IDisposable;
        IClipDataset train = Training(parsed, shared, estimator, cache), test = Testing(parsed, shared, estimator, cache);
        var runner = new AblationRunner(
            Path.Combine(folder, Runs), weights, $"{weights.Description} {TrainingState.Fingerprint(train)} {TrainingState.Fingerprint(test)}",
            setting => Training(parsed, setting, estimator, cache), setting => Testing(parsed, setting, estimator, cache), tokenizer, device);
        ICollective ranks = parsed.Ranks();
        ranks.RequireSame("study", runner.Folder(shared, (ulong)seeds) + string.Join(' ', studies.Select(s => s.Name)));
        using RunFolder? held = ranks.Rank == 0 ? RunFolder.Take(folder) : null;
        bool isDone = Train(runner, studies, shared, seeds, ranks, parsed.InvocationConfiguration.Error, parsed.Stop());
        if (ranks.Any(!isDone))
            throw new InterruptedException($"{folder}: stopped after a step; the same command goes on from there");
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

    // False where it was stopped.
    private static bool Train(
        AblationRunner runner, AblationStudy[] studies, AblationSetting shared, int seeds, ICollective ranks, TextWriter log, CancellationToken stop)
    {
        // Seeds outermost: an ablation that is cut short has all variants, of fewer seeds.
        (AblationVariant Variant, ulong Seed)[] all =
        [
            .. Enumerable.Range(1, seeds).SelectMany(seed => studies.SelectMany(s => s.Variants), (seed, variant) => (variant, (ulong)seed)),
        ];
        (AblationVariant Variant, ulong Seed)[] open =
            [.. all.Where(r => !runner.IsDone(r.Variant.Change(shared), r.Seed)).DistinctBy(r => runner.Folder(r.Variant.Change(shared), r.Seed))];
        // All have counted before one changes what there is to count.
        ranks.Barrier();
        var clock = Stopwatch.StartNew();
        for (int i = ranks.Rank; i < open.Length; i += ranks.Count)
        {
            string left = i < ranks.Count ? "" : $", {clock.Elapsed / (i / ranks.Count) * ((open.Length - i + ranks.Count - 1) / ranks.Count):h\\:mm\\:ss} left";
            log.WriteLine($"training {i + 1} of {open.Length}: {open[i].Variant.Name}, seed {open[i].Seed}{left}");
            using var progress = new TrainingProgress(log);
            if (runner.Run(open[i].Variant.Change(shared), open[i].Seed, progress, stop) is null)
                return false;
        }
        return true;
    }

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

    private static IEnumerable<AblationStudy> Studies(string[] names) =>
        (names.Contains("all") ? AblationStudy.Names : names).Distinct().Select(AblationStudy.By);

    private static AblationSetting Shared(ParseResult parsed, Option<string> config, Option<string> task)
    {
        SspConfig sizes = ConfigOption.Read(parsed.GetRequiredValue(config), parsed.GetValue(task), parsed.InvocationConfiguration.Error);
        if (sizes.Task != SegmentationTask.Avs)
            throw new InputException("the studies are of the binary stage, task avs");
        TrainingRecipe? recipe = parsed.GetValue(_options) is { } file ? TrainingRecipe.Read(file) : null;
        if (recipe is { Phases.Count: > 1 })
            throw new InputException($"--options has {recipe.Phases.Count} phases; variants differ in one, so train the earlier ones first and give their weights");
        TrainingOptions options = recipe?.Phases[0].Options ?? TrainingRecipe.Published(sizes.Task).Phases[0].Options;
        return new AblationSetting(sizes, options, parsed.GetValue(_data.PromptLevel));
    }

    private static IClipDataset Training(ParseResult parsed, AblationSetting setting, IFlowEstimator? estimator, ClipCache? cache)
    {
        IClipDataset clips = DataOptions.Open(
            Choice(parsed, setting, parsed.GetRequiredValue(_data.Root)), ClipSplit.Train, setting.Config.Task, estimator, cache, keepClasses: setting.Config.HasClasses);
        return parsed.GetValue(_clips) is { } count ? new FirstClips(clips, count) : clips;
    }

    private static IClipDataset Testing(ParseResult parsed, AblationSetting setting, IFlowEstimator? estimator, ClipCache? cache) => DataOptions.Open(
        Choice(parsed, setting, parsed.GetValue(_testData) ?? parsed.GetRequiredValue(_data.Root)), AvsBenchOptions.ParseSplit(parsed.GetRequiredValue(_split)),
        setting.Config.Task, estimator, cache, keepClasses: true, scenes: true);

    private static DataChoice Choice(ParseResult parsed, AblationSetting setting, string root) =>
        new(root, parsed.GetRequiredValue(_data.Subset), parsed.GetRequiredValue(_data.Flow), setting.PromptLevel);
}
