using System.CommandLine;
using Spectre.Console;
using SspNative.Cli.Options;
using SspNative.Cli.Parsing;
using SspNative.Cli.Profiling;
using SspNative.Cli.Terminal;
using SspNative.Engine;
using SspNative.Engine.Distributed;
using SspNative.Kernels;
using SspNative.Kernels.Cpu;
using SspNative.Model.Config;
using SspNative.Model.Data;
using SspNative.Model.Data.AvsBench;
using SspNative.Model.Data.Caching;
using SspNative.Model.Evaluation;
using SspNative.Model.OpticalFlow;
using SspNative.Model.Preprocessing;
using SspNative.Model.Training;
using SspNative.Model.Weights;

namespace SspNative.Cli.Training;

/// <summary><c>ssp train</c>: a run of a recipe, resumable at any moment.</summary>
internal static class TrainCommand
{
    private static readonly DataOptions _data = new();

    private static readonly CacheOptions _cache = new("RUN/cache");

    private static readonly Option<string> _out = new("--out")
    {
        Description = "The folder of the run: best.safetensors, last.safetensors, metrics.csv; earlier phases in folders of their own.",
        HelpName = "RUN",
        Required = true,
    };

    private static readonly Option<string[]> _weights = new("--weights")
    {
        Description = "First weights: files or a folder of them, as for ssp segment, or initial[:SEED] to begin from scratch. "
            + "Trained parameters that files lack are initialised.",
        HelpName = "FILE",
        DefaultValueFactory = _ => ["initial"],
    };

    private static readonly Option<string> _options = new("--options")
    {
        Description = "A JSON file of training options (epochs, clips_per_step, trainable, learning_rate, schedule, …), "
            + "or of phases: {\"phases\": [{\"name\": …, \"options\": {…}}, …]}; the default is the paper's two phases.",
        HelpName = "FILE.json",
    };

    private static readonly Option<string> _vocab = VocabularyOption.Create();

    private static readonly Stage1Option _stage1 = new();

    private static readonly TrainingInputOptions _inputs = new(_data, _stage1, _vocab);

    private static readonly Option<bool> _resume = new("--resume")
    {
        Description = "Go on from the run's last.safetensors, with the flow, subset, prompts, vocabulary and binary stage that it was begun with.",
    };

    public static Command Create()
    {
        Command command = Create(
            _out,
            (parsed, device, train) =>
            {
                train(parsed.GetRequiredValue(_out), device, null);
                return ExitCodes.Success;
            },
            "ssp train --data synth --out run --config models/synth.json --options models/synth-avs.json",
            "ssp train --data avsbench --out run --weights published/",
            "ssp train --data avsbench --out run --task avss --weights published/ --stage1 binary/best.safetensors",
            "ssp train --data synth --out run --resume",
            "mpiexec -n 4 ssp train --data synth --out run --config models/synth.json --options models/synth-avs.json");
        command.Add(_resume);
        return command;
    }

    /// <summary>The verb under <c>ssp profile</c>: the first steps of a training.</summary>
    public static Command CreateProfiled()
    {
        var profile = new ProfileOptions();
        var steps = new Option<int>("--steps")
        {
            Description = "Steps after which it stops. The first one compiles code and is slower than the others.",
            HelpName = "N",
            DefaultValueFactory = _ => 3,
        };
        Command command = Create(
            profile.Out,
            (parsed, device, train) =>
            {
                int count = parsed.GetRequiredValue(steps);
                return count >= 1
                    ? profile.Run(parsed, device, (profiled, run) => train(run, profiled, count))
                    : throw new InputException($"--steps {count}: a training takes at least one step");
            },
            "ssp profile train --data synth --config models/synth.json --options models/synth-avs.json --steps 5");
        command.Add(steps);
        profile.AddTo(command);
        return command;
    }

    // The run is given the folder, the device and the steps after which it stops, if it does before the end.
    private static Command Create(
        Option<string> output, Func<ParseResult, IDevice, Action<string, IDevice, int?>, int> run, params string[] examples)
    {
        Option<string> config = ConfigOption.Create(), task = ConfigOption.CreateTask();
        Option<string> device = DeviceOption.Create(), precision = DeviceOption.CreateTrainingPrecision();
        var command = new Verb(
            "train",
            "Trains the model on AVSBench or a synthetic data set; killed at any moment it resumes to the same weights.",
            examples)
        {
            output, _weights, _stage1.Model, _stage1.Masks, _options, _vocab, config, task, device, precision,
        };
        _data.AddTo(command);
        _cache.AddTo(command);
        command.SetAction(parsed => run(
            parsed, DeviceOption.Open(parsed, device, precision), (folder, target, steps) => Train(parsed, folder, target, steps, config, task)));
        return command;
    }

    // What lets several ranks exchange tensors of their devices; null where nothing is to be exchanged, or processors train.
    private static DeviceCollective? Between(ParseResult parsed, IDevice device)
    {
        ICollective ranks = parsed.Ranks();
        if (ranks.Count == 1)
            return null;
        ranks.RequireSame("device", device.Identity);
        if (device is CpuDevice)
            return null;
        var devices = new DeviceCollective(ranks, device);
        if (!devices.IsLinked && ranks.Rank == 0)
            Output.Notes(
                parsed.InvocationConfiguration.Error,
                ["gradients go through the memory of the hosts: NCCL needs SSP_NCCL=1, a CUDA device of its own and libnccl.so.2 at every rank"]);
        return devices;
    }

    private static void Train(ParseResult parsed, string run, IDevice device, int? steps, Option<string> config, Option<string> task)
    {
        TrainingPlan plan = Plan(parsed, run, config, task);
        ClipCache? cache = _cache.Open(parsed, Path.Combine(run, TrainingRecipe.CacheFolder));
        SspConfig sizes = plan.Config;
        TrainingInputs inputs = plan.Inputs!;
        var choice = new DataChoice(parsed.GetRequiredValue(_data.Root), inputs.Subset, inputs.Flow, inputs.PromptLevel);
        IFlowEstimator? estimator = _data.Estimator(parsed, choice.Flow, inputs.FlowWeights, sizes.Flow, device);
        using var network = estimator as IDisposable;
        var tokenizer = PromptTokenizer.Open(inputs.Vocab, sizes.Text.VocabSize);
        bool findsMasks = sizes.Task == SegmentationTask.Avss && inputs.Stage1Masks is null;
        using Stage1Model? stage1 = findsMasks ? Stage1Option.Open(inputs.Stage1, device, inputs.Vocab) : null;
        DeviceCollective? devices = Between(parsed, device);
        var training = new RecipeRun(
            run, new TrainingRecipe(plan.Phases), sizes,
            (options, split) => WithStage1(
                DataOptions.Open(choice, Clips(choice, split, sizes, options), estimator, cache), options, split, stage1, inputs.Stage1Masks),
            tokenizer, device)
        {
            SaveEverySteps = 50,
            Validation = (clips, config, options, tokenizer) => new Validator(clips, config, options, tokenizer, parsed.Ranks()),
            Cache = cache,
            Ranks = devices ?? parsed.Ranks(),
        };
        using var weights = new WeightFiles(plan.Weights);
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(parsed.Stop());
        InvocationConfiguration invocation = parsed.InvocationConfiguration;
        // A profile has standard output for itself.
        using var progress = new TrainingProgress(steps is null ? invocation.Output : invocation.Error);
        ITrainingObserver observer = steps is { } count ? new StepLimit(progress, count, stop) : progress;
        // Before anything is written, so that a command that cannot be used begins no run.
        bool isNew = !parsed.GetValue(_resume);
        if (isNew)
            training.Check(weights);
        training.Run(weights, observer, stop.Token, isNew ? () => Begin(plan, run) : null);
        devices?.Leave();
        if (cache?.Trouble is { } trouble)
            Output.Lines(invocation.Error).MarkupLineInterpolated($"[yellow]{trouble}[/]");
        if (steps is not null)
            return;
        if (parsed.Ranks().Any(parsed.Stop().IsCancellationRequested))
            throw new InterruptedException($"{run}: stopped after a step; --resume goes on from there");
        progress.End(run, NextStep(inputs, choice, run));
    }

    private static TrainingPlan Plan(ParseResult parsed, string run, Option<string> config, Option<string> task)
    {
        if (parsed.GetValue(_resume))
        {
            foreach (Option option in (Option[])[_weights, _options, config, task])
                parsed.RefuseUseless(option, true, $"{_resume.Name} goes on with what the run was begun with");
            TrainingPlan begun = TrainingPlan.Read(run);
            return begun with { Inputs = _inputs.Resume(parsed, run, begun.Inputs) };
        }
        RequireNew(run);
        SspConfig sizes = ConfigOption.Read(parsed.GetRequiredValue(config), parsed.GetValue(task), parsed.InvocationConfiguration.Error);
        parsed.RefuseUseless(_stage1.Model, sizes.Task == SegmentationTask.Avs, "only task avss has a binary stage before it");
        parsed.RefuseUseless(_stage1.Masks, sizes.Task == SegmentationTask.Avs, "only task avss has a binary stage before it");
        parsed.RefuseUseless(_vocab, sizes.TextFusion == TextFusion.None, "the model reads no text");
        TrainingRecipe recipe = parsed.GetValue(_options) is { } file ? TrainingRecipe.Read(file) : TrainingRecipe.Published(sizes.Task);
        return new TrainingPlan(sizes, recipe.Phases, parsed.GetRequiredValue(_weights), _inputs.Read(parsed));
    }

    private static void Begin(TrainingPlan plan, string run)
    {
        RequireNew(run);
        plan.Write(run);
    }

    private static void RequireNew(string run)
    {
        if (TrainingPlan.IsIn(run))
            throw new InputException($"{run}: a run is there already; give --resume to go on with it, or another folder");
        TrainingPlan.DeleteAbandoned(run);
        RunFolder.RequireEmpty(run, TrainingRecipe.CacheFolder);
    }

    // The command that scores what was made, with all that it needs to know of the clips.
    private static string NextStep(TrainingInputs inputs, DataChoice choice, string run)
    {
        string model = TrainingProgress.Made(run);
        (string Option, string? Value)[] given =
        [
            (_data.Subset.Name, choice.Subset == "all" ? null : choice.Subset), (_data.Flow.Name, choice.Flow == "exact" ? null : choice.Flow),
            (_data.FlowWeights.Name, inputs.FlowWeights), (_data.PromptLevel.Name, choice.PromptLevel), (_stage1.Model.Name, inputs.Stage1),
            (_stage1.Masks.Name, inputs.Stage1Masks), (_vocab.Name, inputs.Vocab),
        ];
        return $"ssp eval {model} --data {choice.Root}{string.Concat(given.Where(g => g.Value is not null).Select(g => $" {g.Option} {g.Value}"))}";
    }

    private static AvsBenchOptions Clips(DataChoice choice, ClipSplit split, SspConfig sizes, TrainingOptions options) =>
        choice.Clips(split, sizes.Task, options.Objective) with
        {
            KeepClasses = sizes.HasClasses,
            RepeatLabelledFrame = options.RepeatLabelledFrame,
            BySubset = options.InOrder,
        };

    // Training itself is given the true masks, as AAVS does.
    private static IClipDataset WithStage1(IClipDataset clips, TrainingOptions options, ClipSplit split, Stage1Model? model, string? masks)
    {
        if (options.Objective != TrainingObjective.Segmentation || split != ClipSplit.Val)
            return clips;
        return masks is not null ? new Stage1FolderDataset(clips, masks) : model?.Over(clips) ?? clips;
    }
}
