using System.CommandLine;
using SspNative.Cli.Options;
using SspNative.Cli.Parsing;
using SspNative.Engine;
using SspNative.Kernels;
using SspNative.Model.Config;
using SspNative.Model.Data.Caching;
using SspNative.Model.OpticalFlow;
using SspNative.Model.Training;
using SspNative.Model.Weights;

namespace SspNative.Cli.Training;

/// <summary>
/// The options of <c>ssp train</c> and <c>ssp profile train</c>, and how they are read. <see cref="TrainingOptions"/> are what their <c>--options</c> names.
/// </summary>
internal sealed class TrainCommandOptions
{
    /// <summary>The folder of the run.</summary>
    public static Option<string> Out { get; } = new("--out")
    {
        Description = "The folder of the run: best.safetensors, last.safetensors, metrics.csv; earlier phases in folders of their own.",
        HelpName = "RUN",
        Required = true,
    };

    /// <summary>Whether a run goes on; of <c>ssp train</c> alone.</summary>
    public static Option<bool> Resume { get; } = new("--resume")
    {
        Description = "Go on from the run's last.safetensors, with the flow, subset, prompts, vocabulary and binary stage that it was begun with.",
    };

    private readonly DataOptions _data = new();

    private readonly CacheOptions _cache = new("RUN/cache");

    private readonly Option<string[]> _weights = new("--weights")
    {
        Description = "First weights: files or a folder of them, as for ssp segment, or initial[:SEED] to begin from scratch. "
            + "Trained parameters that files lack are initialised.",
        HelpName = "FILE",
        DefaultValueFactory = _ => ["initial"],
    };

    private readonly Option<string> _options = new("--options")
    {
        Description = "A JSON file of training options (epochs, clips_per_step, trainable, learning_rate, schedule, …), "
            + "or of phases: {\"phases\": [{\"name\": …, \"options\": {…}}, …]}; the default is the paper's two phases.",
        HelpName = "FILE.json",
    };

    private readonly Option<string> _vocab = VocabularyOption.Create();

    private readonly Stage1Option _stage1 = new();

    private readonly Option<string> _config = ConfigOption.Create(), _task = ConfigOption.CreateTask();

    private readonly Option<string> _device = DeviceOption.Create(), _precision = DeviceOption.CreateTrainingPrecision();

    private TrainingInputOptions Inputs => new(_data, _stage1, _vocab);

    /// <summary>Adds them to a command.</summary>
    /// <param name="command">The command.</param>
    /// <param name="output">Its own option of where the run goes.</param>
    public void AddTo(Verb command, Option<string> output)
    {
        foreach (Option option in (Option[])
            [output, _weights, _stage1.Model, _stage1.Masks, _options, _vocab, _config, _task, _device, _precision])
            command.Add(option);
        _data.AddTo(command);
        _cache.AddTo(command);
    }

    /// <summary>What a command line asks for.</summary>
    /// <param name="parsed">The command line.</param>
    /// <param name="run">The folder of the run.</param>
    /// <exception cref="InputException">An option cannot be used, or the run does not go with it.</exception>
    public TrainRequest Read(ParseResult parsed, string run)
    {
        bool isNew = !parsed.GetValue(Resume);
        return new TrainRequest(run, parsed.GetRequiredValue(_data.Root), isNew ? Begin(parsed, run) : GoOn(parsed, run), isNew);
    }

    /// <summary>The device that was asked for.</summary>
    public IDevice OpenDevice(ParseResult parsed) => DeviceOption.Open(parsed, _device, _precision);

    /// <summary>Where features of clips are kept; null: nowhere.</summary>
    public ClipCache? OpenCache(ParseResult parsed, TrainRequest request) =>
        _cache.Open(parsed, Path.Combine(request.Run, TrainingRecipe.CacheFolder));

    /// <summary>What estimates the flow of clips; null: nothing does.</summary>
    public IFlowEstimator? Estimator(ParseResult parsed, TrainRequest request, IDevice device) =>
        _data.Estimator(parsed, request.Inputs.Flow, request.Inputs.FlowWeights, request.Sizes.Flow, device);

    /// <summary>The command that scores what was made, with all that it needs to know of the clips.</summary>
    public string NextStep(TrainRequest request)
    {
        TrainingInputs inputs = request.Inputs;
        (string Option, string? Value)[] given =
        [
            (_data.Subset.Name, inputs.Subset == "all" ? null : inputs.Subset), (_data.Flow.Name, inputs.Flow == "exact" ? null : inputs.Flow),
            (_data.FlowWeights.Name, inputs.FlowWeights), (_data.PromptLevel.Name, inputs.PromptLevel), (_stage1.Model.Name, inputs.Stage1),
            (_stage1.Masks.Name, inputs.Stage1Masks), (_vocab.Name, inputs.Vocab),
        ];
        return $"ssp eval {TrainingProgress.Made(request.Run)} --data {request.Root}"
            + string.Concat(given.Where(g => g.Value is not null).Select(g => $" {g.Option} {g.Value}"));
    }

    private TrainingPlan GoOn(ParseResult parsed, string run)
    {
        foreach (Option option in (Option[])[_weights, _options, _config, _task])
            parsed.RefuseUseless(option, true, $"{Resume.Name} goes on with what the run was begun with");
        TrainingPlan begun = TrainingPlan.Read(run);
        return begun with { Inputs = Inputs.Resume(parsed, run, begun.Inputs) };
    }

    private TrainingPlan Begin(ParseResult parsed, string run)
    {
        TrainRequest.RequireNew(run);
        SspConfig sizes = ConfigOption.Read(parsed.GetRequiredValue(_config), parsed.GetValue(_task), parsed.InvocationConfiguration.Error);
        parsed.RefuseUseless(_stage1.Model, sizes.Task == SegmentationTask.Avs, "only task avss has a binary stage before it");
        parsed.RefuseUseless(_stage1.Masks, sizes.Task == SegmentationTask.Avs, "only task avss has a binary stage before it");
        parsed.RefuseUseless(_vocab, sizes.TextFusion == TextFusion.None && parsed.GetValue(_stage1.Model) is null, "the model reads no text");
        TrainingRecipe recipe = parsed.GetValue(_options) is { } file ? TrainingRecipe.Read(file) : TrainingRecipe.Published(sizes.Task);
        return new TrainingPlan(sizes, recipe.Phases, [.. parsed.GetRequiredValue(_weights).Select(WeightFiles.Absolute)], Inputs.Read(parsed));
    }
}
