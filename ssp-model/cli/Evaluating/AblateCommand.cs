using System.CommandLine;
using Spectre.Console;
using SspNative.Cli.Options;
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
using SspNative.Model.Config;
using SspNative.Model.Data;
using SspNative.Model.Data.AvsBench;
using SspNative.Model.Data.Caching;
using SspNative.Model.Evaluation;
using SspNative.Model.OpticalFlow;
using SspNative.Model.Preprocessing;
using SspNative.Model.Training;
using SspNative.Model.Weights;

namespace SspNative.Cli.Evaluating;

/// <summary><c>ssp ablate</c>: the paper's studies, each variant trained with several seeds.</summary>
internal static class AblateCommand
{
    // The folder of the trainings, by which the folder of an ablation is known.
    private const string Runs = "runs";

    private static readonly DataOptions _data = new();

    private static readonly CacheOptions _cache = new("none");

    private static readonly ClaimsOptions _claims = new();

    private static readonly Stage1Option _stage1 = new();

    private static readonly Option<string[]> _study = new("--study")
    {
        Description = "table2 (components), lambda (weight of the post-mask loss), prompts (quality, by the way text enters), "
            + "ground-truth (what the pre-mask knows in training), or all of these; several may be given. claims: the six claims of the paper, each on made "
            + "clips of its own; it takes no others.",
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
    };

    private static readonly Option<string[]> _weights = new("--weights")
    {
        Description = "First weights that all variants share: files or a folder of them, as for ssp segment, or initial[:SEED]. "
            + "Parameters that files lack are initialised.",
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

    private static readonly Option<string> _vocab = VocabularyOption.Create();

    // Options that the claims study has no use for.
    private static readonly Option[] _foreign =
    [
        _data.Root, _data.Subset, _data.Flow, _data.FlowWeights, _data.PromptLevel, _testData, _split, _clips, _seeds, _cache.Folder, _cache.Limit,
    ];

    public static Command Create()
    {
        Option<string> config = ConfigOption.Create(), task = ConfigOption.CreateTask(), device = DeviceOption.Create();
        var json = new Option<bool>("--json") { Description = "Print results.json instead of tables." };
        var command = new Verb(
            "ablate",
            "Trains the variants of the paper's studies with several seeds and compares them: tables and plots of means and spreads.",
            "ssp ablate --data avsbench --subset v1s --weights aavs.safetensors --out ablation",
            "ssp ablate --task avss --data avsbench --subset v2 --weights semantic.safetensors --stage1 binary.safetensors --out ablation-avss",
            "ssp ablate --study claims --claims C1 C2 --size screening --config models/synth.json "
            + "--options benchmarks/results/ablation/claims.json --weights models/synth-avs.safetensors --out claims",
            "ssp ablate --data synth --study table2 lambda --seeds 3 --clips 1000 --config models/synth.json "
            + "--options benchmarks/results/ablation/short.json --out ablation")
        {
            _study, _seeds, _out, _weights, _options, _testData, _split, _clips, _vocab, _stage1.Model, config, task, device, json,
        };
        _data.Root.Required = false;
        _data.AddTo(command);
        _cache.AddTo(command);
        _claims.AddTo(command);
        command.SetAction(parsed =>
        {
            TextWriter output = parsed.InvocationConfiguration.Output;
            if (_claims.IsWanted(parsed, parsed.GetRequiredValue(_study)))
            {
                ClaimsReport? claims = _claims.Judged(parsed, [.. _foreign, _stage1.Model, _out, _weights, _options, _vocab, config, task, device])
                    ?? RunClaims(parsed, config, task, DeviceOption.Open(parsed.GetRequiredValue(device)));
                if (claims is not null && parsed.GetValue(json))
                    output.WriteLine(claims.ToJson());
                else if (claims is not null)
                    ClaimsRun.Write(Output.Lines(output), claims);
                return ExitCodes.Success;
            }
            AblationReport? report = Run(parsed, config, task, DeviceOption.Open(parsed.GetRequiredValue(device)));
            if (report is not null && parsed.GetValue(json))
                output.WriteLine(report.ToJson());
            else if (report is not null)
                AblationTables.Write(Output.Lines(output), report);
            return ExitCodes.Success;
        });
        return command;
    }

    private static ClaimsReport? RunClaims(ParseResult parsed, Option<string> config, Option<string> task, IDevice device)
    {
        foreach (Option option in _foreign)
            parsed.RefuseUseless(option, true, $"--study {ClaimsOptions.Study} makes its clips and has the seeds of its --size");
        AblationSetting shared = Shared(parsed, config, task);
        using var weights = new WeightFiles(parsed.GetRequiredValue(_weights));
        using Stage1Model? stage1 = Stage1(parsed, shared, device);
        return new ClaimsRun(_claims).Run(
            parsed, Folder(parsed), shared, weights, PromptTokenizer.Open(parsed.GetValue(_vocab), shared.Config.Text.VocabSize), stage1, device);
    }

    private static string Folder(ParseResult parsed) =>
        parsed.GetValue(_out) ?? throw new InputException("ssp ablate needs a folder for its trainings: give it with --out");

    private static string Root(ParseResult parsed) => parsed.GetValue(_data.Root) ?? throw new InputException("this study needs clips: give them with --data");

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
        string folder = Folder(parsed);
        if (!Directory.Exists(Path.Combine(folder, Runs)))
            RunFolder.RequireEmpty(folder);
        var tokenizer = PromptTokenizer.Open(parsed.GetValue(_vocab), shared.Config.Text.VocabSize);
        ClipCache? cache = _cache.Open(parsed, null);
        using var weights = new WeightFiles(parsed.GetRequiredValue(_weights));
        IFlowEstimator? estimator = _data.Estimator(
            parsed, parsed.GetRequiredValue(_data.Flow), parsed.GetValue(_data.FlowWeights), shared.Config.Flow, device);
        using var network = estimator as IDisposable;
        using Stage1Model? stage1 = Stage1(parsed, shared, device);
        IClipDataset train = Training(parsed, shared, estimator, cache), test = Testing(parsed, shared, estimator, cache, stage1);
        var runner = new AblationRunner(
            Path.Combine(folder, Runs), weights,
            $"{weights.Description} {TrainingState.Fingerprint(train)} {TrainingState.Fingerprint(test)}{(stage1 is null ? "" : $" {stage1.Hash}")}",
            setting => Training(parsed, setting, estimator, cache), setting => Testing(parsed, setting, estimator, cache, stage1), tokenizer, device);
        ICollective ranks = parsed.Ranks();
        ranks.RequireSame("study", runner.Folder(shared, (ulong)seeds) + string.Join(' ', studies.Select(s => s.Name)));
        using RunFolder? held = ranks.Rank == 0 ? RunFolder.Take(folder) : null;
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
        TrainingRecipe? recipe = parsed.GetValue(_options) is { } file ? TrainingRecipe.Read(file) : null;
        if (recipe is { Phases.Count: > 1 })
            throw new InputException(
                $"--options has {recipe.Phases.Count} phases; variants differ in one, so train the earlier ones first and give their weights");
        TrainingOptions options = recipe?.Phases[0].Options ?? TrainingRecipe.Published(sizes.Task).Phases[0].Options;
        return new AblationSetting(sizes, options, parsed.GetValue(_data.PromptLevel));
    }

    private static IClipDataset Training(ParseResult parsed, AblationSetting setting, IFlowEstimator? estimator, ClipCache? cache)
    {
        DataChoice choice = Choice(parsed, setting, Root(parsed));
        IClipDataset clips = DataOptions.Open(
            choice, choice.Clips(ClipSplit.Train, setting.Config.Task) with { KeepClasses = setting.Config.HasClasses }, estimator, cache);
        return parsed.GetValue(_clips) is { } count ? new FirstClips(clips, count) : clips;
    }

    private static IClipDataset Testing(
        ParseResult parsed, AblationSetting setting, IFlowEstimator? estimator, ClipCache? cache, Stage1Model? stage1)
    {
        DataChoice choice = Choice(parsed, setting, parsed.GetValue(_testData) ?? Root(parsed));
        ClipSplit split = AvsBenchOptions.ParseSplit(parsed.GetRequiredValue(_split));
        IClipDataset clips = DataOptions.Open(
            choice, choice.Clips(split, setting.Config.Task) with { KeepClasses = true, Scenes = true }, estimator, cache);
        return stage1?.Over(clips) ?? clips;
    }

    // The semantic stage is tested on what one binary stage found, the same for all rows.
    private static Stage1Model? Stage1(ParseResult parsed, AblationSetting shared, IDevice device)
    {
        bool isSemantic = shared.Config.Task == SegmentationTask.Avss;
        parsed.RefuseUseless(_stage1.Model, !isSemantic, "only task avss builds on another stage");
        return isSemantic ? Stage1Option.Open(parsed.GetValue(_stage1.Model), device, parsed.GetValue(_vocab)) : null;
    }

    private static DataChoice Choice(ParseResult parsed, AblationSetting setting, string root) =>
        new(root, parsed.GetRequiredValue(_data.Subset), parsed.GetRequiredValue(_data.Flow), setting.PromptLevel);
}
