using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using Spectre.Console;
using SspNative.Kernels;
using SspNative.Model.Alignment;
using SspNative.Model.Config;
using SspNative.Model.Data;
using SspNative.Model.Data.AvsBench;
using SspNative.Model.Data.Caching;
using SspNative.Model.Training;
using SspNative.Model.Weights;

namespace SspNative.Cli;

/// <summary><c>ssp train</c>: one phase of a training, resumable at any moment.</summary>
internal static class TrainCommand
{
    private static readonly DataOptions _data = new();

    private static readonly CacheOptions _cache = new("RUN/cache");

    private static readonly Option<string> _out = new("--out")
    {
        Description = "The folder of the run: best.safetensors, last.safetensors, metrics.csv.",
        HelpName = "RUN",
        Required = true,
    };

    private static readonly Option<string[]> _weights = new("--weights")
    {
        Description = "First weights: safetensors files, or procedural[:SEED] to begin from scratch.",
        HelpName = "FILE",
        DefaultValueFactory = _ => ["procedural"],
    };

    private static readonly Option<string> _options = new("--options")
    {
        Description = "A JSON file of training options (epochs, clips_per_step, trainable, learning_rate, schedule, …); the default is the paper's first phase.",
        HelpName = "FILE.json",
    };

    private static readonly Option<string> _vocab = new("--vocab")
    {
        Description = "The text encoder's WordPiece vocabulary; without it words are hashed to ids.",
        HelpName = "vocab.txt",
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
            _out, _weights, _options, _vocab, _resume, config, task, device,
        };
        _data.AddTo(command);
        _cache.AddTo(command);
        command.SetAction(parsed =>
        {
            IDevice target = DeviceOption.Open(parsed.GetRequiredValue(device));
            string run = parsed.GetRequiredValue(_out);
            if (!parsed.GetValue(_resume))
            {
                if (File.Exists(Path.Combine(run, TrainingRun.LastFile)))
                    throw new InputException($"{run}: a run is there already; give --resume to go on with it, or another folder");
                SspConfig sizes = ConfigOption.Read(parsed.GetRequiredValue(config), parsed.GetValue(task));
                using var weights = new WeightFiles(parsed.GetRequiredValue(_weights));
                return Run(parsed, run, sizes, ReadOptions(parsed.GetValue(_options), sizes.Task), weights, target, null);
            }
            using Checkpoint checkpoint = Checkpoint.Open(Path.Combine(run, TrainingRun.LastFile));
            return Run(parsed, run, checkpoint.Config, checkpoint.Options, checkpoint.Weights, target, checkpoint);
        });
        return command;
    }

    private static int Run(
        ParseResult parsed, string run, SspConfig config, TrainingOptions options, SspNative.Engine.Nn.IParameterSource weights, IDevice device,
        Checkpoint? checkpoint)
    {
        PromptTokenizer tokenizer = parsed.GetValue(_vocab) is { } vocabulary
            ? PromptTokenizer.FromVocabulary(vocabulary, config.Text.VocabSize)
            : PromptTokenizer.Hashing(config.Text.VocabSize);
        ClipCache? cache = _cache.Open(parsed, Path.Combine(run, "cache"));
        using var model = new TrainingModel(config, weights, device) { Cache = cache };
        using var trainer = new Trainer(model, _data.Open(parsed, ClipSplit.Train, config.Task, cache), options, tokenizer);
        if (checkpoint is not null)
        {
            trainer.Resume(checkpoint);
            // The run replaces the file, which not every system allows while it is open.
            checkpoint.Dispose();
        }
        var validator = new Validator(_data.Open(parsed, ClipSplit.Val, config.Task, cache), config, options, tokenizer);
        using var log = new StepLog(Path.Combine(run, "metrics.csv"), trainer.State.Step);
        IAnsiConsole console = Output.Lines(parsed.InvocationConfiguration.Output);
        using var stop = new CancellationTokenSource();
        using var interrupt = System.Runtime.InteropServices.PosixSignalRegistration.Create(
            System.Runtime.InteropServices.PosixSignal.SIGINT,
            signal =>
            {
                signal.Cancel = true;
                stop.Cancel();
            });
        new TrainingRun(run, trainer, validator) { SaveEverySteps = 50 }.Run(
            step =>
            {
                log.Add(step);
                if (step.Step % 10 == 0 || trainer.State.Epoch > step.Epoch)
                    console.MarkupLineInterpolated(CultureInfo.InvariantCulture, $"epoch {step.Epoch + 1}/{options.Epochs}  step {step.Step}  loss {step.Total:0.000}  class {step.CrossEntropy:0.000}  mask {step.Mask:0.000}  dice {step.Dice:0.000}  lr {step.LearningRate:0.00e+00}");
            },
            epoch =>
            {
                if (epoch.Score is { } score)
                    console.MarkupLineInterpolated(CultureInfo.InvariantCulture, $"epoch {epoch.Epoch}: mIoU {score.MeanIou:0.0000}  F {score.FScore:0.0000}{(epoch.IsBest ? "  best so far" : "")}");
            },
            stop.Token);
        return SspCommandLine.Success;
    }

    private static TrainingOptions ReadOptions(string? path, SegmentationTask task)
    {
        if (path is null)
            return TrainingOptions.Published(task, TrainableSet.Heads);
        if (!File.Exists(path))
            throw new InputException($"{path}: there is no such options file");
        try
        {
            using JsonDocument json = JsonDocument.Parse(File.ReadAllText(path));
            return ConfigJson.Read<TrainingOptions>(json.RootElement);
        }
        catch (JsonException e)
        {
            throw new InputException($"{path}: not training options: {e.Message}", e);
        }
    }
}
