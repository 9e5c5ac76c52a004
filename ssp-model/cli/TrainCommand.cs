using System.CommandLine;
using System.Runtime.InteropServices;
using SspNative.Kernels;
using SspNative.Model.Alignment;
using SspNative.Model.Config;
using SspNative.Model.Data;
using SspNative.Model.Data.AvsBench;
using SspNative.Model.Data.Caching;
using SspNative.Model.Training;
using SspNative.Model.Weights;

namespace SspNative.Cli;

/// <summary><c>ssp train</c>: a stage of training, resumable at any moment.</summary>
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
        Description = "First weights: safetensors files, or initial[:SEED] to begin from scratch. Trained parameters that files lack are initialised.",
        HelpName = "FILE",
        DefaultValueFactory = _ => ["initial"],
    };

    private static readonly Option<string> _options = new("--options")
    {
        Description = "A JSON file of training options (epochs, clips_per_step, trainable, learning_rate, schedule, …), "
            + "or of phases: {\"phases\": [{\"name\": …, \"options\": {…}}, …]}; the default is the paper's two phases.",
        HelpName = "FILE.json",
    };

    private static readonly Option<string> _vocab = new("--vocab")
    {
        Description = "The text encoder's WordPiece vocabulary; without it words are hashed to ids.",
        HelpName = "vocab.txt",
    };

    private static readonly Option<string> _stage1 = new("--stage1")
    {
        Description = "For task avss: best.safetensors of the binary stage, whose masks this stage is validated with.",
        HelpName = "CHECKPOINT",
    };

    private static readonly Option<bool> _resume = new("--resume") { Description = "Go on from the run's last.safetensors." };

    public static Command Create()
    {
        Option<string> config = ConfigOption.Create(), task = ConfigOption.CreateTask(), device = DeviceOption.Create();
        var command = new Verb(
            "train",
            "Trains the model on AVSBench or a synthetic data set; killed at any moment it resumes to the same weights.",
            "ssp train --data synth --out run --config tiny.json --options train.json",
            "ssp train --data synth --out run --resume")
        {
            _out, _weights, _stage1, _options, _vocab, _resume, config, task, device,
        };
        _data.AddTo(command);
        _cache.AddTo(command);
        command.SetAction(parsed =>
        {
            string run = parsed.GetRequiredValue(_out);
            ClipCache? cache = _cache.Open(parsed, Path.Combine(run, "cache"));
            TrainingPlan plan = Plan(parsed, run, config, task);
            SspConfig sizes = plan.Config;
            PromptTokenizer tokenizer = parsed.GetValue(_vocab) is { } vocabulary
                ? PromptTokenizer.FromVocabulary(vocabulary, sizes.Text.VocabSize)
                : PromptTokenizer.Hashing(sizes.Text.VocabSize);
            IDevice target = DeviceOption.Open(parsed.GetRequiredValue(device));
            using Stage1Model? stage1 = sizes.Task == SegmentationTask.Avss ? Stage1Model.Open(parsed.GetValue(_stage1), target, tokenizer) : null;
            var stage = new TrainingStage(
                run, new TrainingRecipe(plan.Phases), sizes, (options, split) => With(stage1, _data.Open(parsed, split, sizes.Task, cache, options.Objective, options.TargetPerClass), options, split),
                tokenizer, target)
            {
                SaveEverySteps = 50,
                Cache = cache,
            };
            using var weights = new WeightFiles(plan.Weights);
            using var stop = new CancellationTokenSource();
            using var interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, signal =>
            {
                signal.Cancel = true;
                stop.Cancel();
            });
            using var progress = new TrainingProgress(parsed.InvocationConfiguration.Output);
            stage.Run(weights, progress, stop.Token);
            return SspCommandLine.Success;
        });
        return command;
    }

    private static TrainingPlan Plan(ParseResult parsed, string run, Option<string> config, Option<string> task)
    {
        if (parsed.GetValue(_resume))
            return TrainingPlan.Read(run);
        if (TrainingPlan.IsIn(run))
            throw new InputException($"{run}: a run is there already; give --resume to go on with it, or another folder");
        SspConfig sizes = ConfigOption.Read(parsed.GetRequiredValue(config), parsed.GetValue(task));
        TrainingRecipe recipe = parsed.GetValue(_options) is { } file ? TrainingRecipe.Read(file) : TrainingRecipe.Published(sizes.Task);
        var plan = new TrainingPlan(sizes, recipe.Phases, parsed.GetRequiredValue(_weights));
        plan.Write(run);
        return plan;
    }

    // Training itself is given the true masks, as AAVS does.
    private static IClipDataset With(Stage1Model? stage1, IClipDataset clips, TrainingOptions options, ClipSplit split) =>
        stage1 is not null && options.Objective == TrainingObjective.Sounding && split == ClipSplit.Val ? stage1.Over(clips) : clips;
}
