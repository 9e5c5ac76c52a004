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
    private static readonly TrainCommandOptions _options = new();

    public static Command Create()
    {
        Command command = Create(
            TrainCommandOptions.Out,
            (parsed, device, train) =>
            {
                train(parsed.GetRequiredValue(TrainCommandOptions.Out), device, null);
                return ExitCodes.Success;
            },
            "ssp train --data synth --out run --config models/synth.json --options models/synth-avs.json",
            "ssp train --data avsbench --out run --weights published/",
            "ssp train --data avsbench --out run --task avss --weights published/ --stage1 binary/best.safetensors",
            "ssp train --data synth --out run --resume",
            "mpiexec -n 4 ssp train --data synth --out run --config models/synth.json --options models/synth-avs.json");
        command.Add(TrainCommandOptions.Resume);
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
        var command = new Verb(
            "train",
            "Trains the model on AVSBench or a synthetic data set; killed at any moment it resumes to the same weights.",
            examples);
        _options.AddTo(command, output);
        command.SetAction(parsed => run(
            parsed, _options.OpenDevice(parsed), (folder, device, steps) => Train(parsed, _options.Read(parsed, folder) with { Steps = steps }, device)));
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

    private static void Train(ParseResult parsed, TrainRequest asked, IDevice device)
    {
        // A run that goes on from a checkpoint reads none of them.
        using var weights = new DeferredWeights(() => new WeightFiles(asked.Plan.Weights));
        TrainRequest request = asked.IsNew ? asked.From(weights.Files) : asked;
        parsed.Ranks().RequireSame("vocabulary", request.Inputs.VocabHash ?? "none");
        ClipCache? cache = _options.OpenCache(parsed, request);
        IFlowEstimator? estimator = _options.Estimator(parsed, request, device);
        using var network = estimator as IDisposable;
        var tokenizer = PromptTokenizer.Open(request.Inputs.Vocab, request.Sizes.Text.VocabSize);
        using Stage1Model? stage1 = request.FindsMasks ? Stage1Option.Open(request.Inputs.Stage1, device, request.Inputs.Vocab) : null;
        DeviceCollective? devices = Between(parsed, device);
        var training = new RecipeRun(
            request.Run, new TrainingRecipe(request.Plan.Phases), request.Sizes,
            (options, split) => request.Open(options, split, estimator, cache, stage1), tokenizer, device)
        {
            SaveEverySteps = 50,
            Validation = (clips, config, options, tokenizer) => new Validator(clips, config, options, tokenizer, parsed.Ranks()),
            Cache = cache,
            Ranks = devices ?? parsed.Ranks(),
        };
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(parsed.Stop());
        InvocationConfiguration invocation = parsed.InvocationConfiguration;
        // A profile has standard output for itself.
        using var progress = new TrainingProgress(request.Steps is null ? invocation.Output : invocation.Error);
        ITrainingObserver observer = request.Steps is { } count ? new StepLimit(progress, count, stop) : progress;
        // Before anything is written, so that a command that cannot be used begins no run.
        if (request.IsNew)
            training.Check(weights);
        training.Run(weights, observer, stop.Token, request.IsNew ? request.Begin : null);
        devices?.Leave();
        if (cache?.Trouble is { } trouble)
            Output.Lines(invocation.Error).MarkupLineInterpolated($"[yellow]{trouble}[/]");
        if (request.Steps is not null)
            return;
        if (parsed.Ranks().Any(parsed.Stop().IsCancellationRequested))
            throw new InterruptedException($"{request.Run}: stopped after a step; --resume goes on from there");
        progress.End(request.Run, _options.NextStep(request));
    }
}
