using System.CommandLine;
using SspNative.Cli.Options;
using SspNative.Cli.Parsing;
using SspNative.Engine;
using SspNative.Kernels;
using SspNative.Model.Data;
using SspNative.Model.Evaluation;
using SspNative.Model.MaskFusion;
using SspNative.Model.Training;
using SspNative.Model.Weights;

namespace SspNative.Cli.Evaluating;

/// <summary>The options of <c>ssp eval</c>, and how they are read.</summary>
internal sealed class EvalOptions
{
    /// <summary>Which clips are scored, and how their flow is made.</summary>
    public DataOptions Data { get; } = new();

    /// <summary>Where features of clips are kept.</summary>
    public CacheOptions Cache { get; } = new("none");

    /// <summary>The masks of the binary stage.</summary>
    public Stage1Option Stage1 { get; } = new();

    private readonly Argument<string?> _model = new("MODEL")
    {
        Description = "best.safetensors or last.safetensors of a run, what 'ssp export' made of one, or a folder of published files; none with --masks.",
        Arity = ArgumentArity.ZeroOrOne,
    };

    private readonly Option<string> _masks = new("--masks")
    {
        Description = "In place of MODEL: masks that anything made, DIR/UID/T.png or DIR/SUBSET/UID/T.png, frames from 0; a palette's numbers are "
            + "labels, other pictures gray or in AVSBench's colours.",
        HelpName = "DIR",
    };

    private readonly Option<string> _task = new Option<string>("--task")
    {
        Description = "For --masks, and a folder with the models of both tasks: avs for what sounds, avss for which class sounds.",
        HelpName = "avs|avss",
        DefaultValueFactory = _ => "avs",
    }.OneOf("avs", "avss");

    private readonly Option<string> _protocol = new Option<string>("--protocol")
    {
        Description = "Report this protocol alone. aavs224 is what AAVS's published figures are: everything at 224×224, and their F.",
        HelpName = "NAME",
    }.OneOf([.. ProtocolNames.All]);

    private readonly Option<string> _audio = new Option<string>("--audio")
    {
        Description = "Report how much is marked when the sound is wrong: silence, noise, or another clip's.",
        HelpName = "silence|noise|swap",
    }.OneOf("silence", "noise", "swap");

    private readonly Option<string> _split = new("--split")
    {
        Description = "train, val or test.",
        HelpName = "NAME",
        DefaultValueFactory = _ => "test",
    };

    private readonly Option<string> _motion = MotionOption.Create();

    private readonly Option<string> _inferenceMask = InferenceMaskOption.Create();

    private readonly Option<string> _vocab =
        VocabularyOption.Create("The WordPiece vocabulary of a model, or of its binary stage, that was trained with one.");

    private readonly Option<string> _saveMasks = new("--save-masks")
    {
        Description = "A folder to make with the masks found, UID/T.png, which --stage1-masks reads; a former one is replaced.",
        HelpName = "DIR",
    };

    private readonly Option<string> _device = DeviceOption.Create(), _precision = DeviceOption.CreatePrecision();

    private readonly Option<bool> _json = new("--json") { Description = "Print one JSON document, with every clip, instead of tables." };

    /// <summary>Adds the options to the verb.</summary>
    public void AddTo(Verb command)
    {
        command.Add(_model);
        foreach (Option option in (Option[])
            [
                _masks, _task, _protocol, _audio, _motion, _inferenceMask, _split, _vocab, _saveMasks, Stage1.Model, Stage1.Masks, _device, _precision,
                _json,
            ])
            command.Add(option);
        Data.AddTo(command);
        Cache.AddTo(command);
    }

    /// <summary>What a command line asks for.</summary>
    public EvalRequest Read(ParseResult parsed) => new(Data.Choice(parsed), parsed.GetRequiredValue(_split))
    {
        Model = parsed.GetValue(_model),
        Masks = parsed.GetValue(_masks),
        Task = ConfigOption.TaskOf(parsed.GetRequiredValue(_task))!.Value,
        HasTask = parsed.IsGiven(_task),
        Protocol = parsed.GetValue(_protocol),
        Sound = parsed.GetValue(_audio) is { } sound ? Enum.Parse<ReplacedSound>(sound, ignoreCase: true) : null,
        Motion = MotionOption.Read(parsed, _motion),
        InferenceMask = parsed.GetValue(_inferenceMask) is { } mask ? InferenceMaskModes.Parse(mask) : null,
        FlowWeights = parsed.GetValue(Data.FlowWeights),
        Vocabulary = parsed.GetValue(_vocab),
        SavedMasks = parsed.GetValue(_saveMasks),
        IsJson = parsed.GetValue(_json),
    };

    /// <summary>The device that was asked for.</summary>
    public IDevice OpenDevice(ParseResult parsed) => DeviceOption.Open(parsed, _device, _precision);

    /// <summary>Refuses what only a model needs, where masks are scored that are there already.</summary>
    /// <exception cref="InputException">Something of it is given.</exception>
    public void RequireMasksAlone(ParseResult parsed)
    {
        if (parsed.GetValue(_model) is { } model)
            throw new InputException($"{model}: a model is not needed to score masks; give one of MODEL and --masks");
        foreach (Option option in (Option[])
            [
                _audio, _motion, _inferenceMask, _saveMasks, _device, _precision, Cache.Folder, Cache.Limit, Stage1.Model, Stage1.Masks, _vocab, Data.Flow,
                Data.FlowWeights, Data.PromptLevel,
            ])
            parsed.RefuseUseless(option, true, "--masks runs no model");
    }

    /// <summary>Refuses <c>--task</c> for a model that says its task.</summary>
    /// <exception cref="InputException">It is given.</exception>
    public void RequireTask(ParseResult parsed, TrainedModel trained) =>
        parsed.RefuseUseless(_task, !trained.HasBothTasks, "a model says its task itself");

    /// <summary>Refuses a model without masks or its vocabulary, and options that change nothing for it.</summary>
    /// <param name="parsed">The command line.</param>
    /// <param name="trained">The model.</param>
    /// <param name="options">As it is scored.</param>
    /// <exception cref="InputException">The model cannot be scored, or an option is useless.</exception>
    public void RequireSense(ParseResult parsed, TrainedModel trained, TrainingOptions options)
    {
        if (parsed.GetValue(_protocol) is { } protocol)
            ProtocolNames.Require(protocol, options.Objective.IsBinary(trained.Config));
        parsed.RefuseUseless(_motion, options.Inference.Mask == InferenceMaskMode.None, "no optical mask multiplies the frames");
        bool isStill = parsed.GetValue(Data.Flow) == "none";
        parsed.RefuseUseless(_motion, isStill, "with --flow none every pixel counts as moving");
        parsed.RefuseUseless(
            _inferenceMask, isStill && options.Inference.Mask is InferenceMaskMode.Soft or InferenceMaskMode.Hard,
            "with --flow none every pixel counts as moving");
        if (options.Objective is TrainingObjective.AudioTagging or TrainingObjective.TextTagging)
            throw new InputException($"{trained.Path}: this model was taught to name sounds or words alone, so it has no masks to score");
        bool needsStage1 = LabelledClipPreparer.NeedsStage1(trained.Config, options);
        parsed.RefuseUseless(Stage1.Model, !needsStage1, $"{trained.Path} takes no masks of a binary stage");
        parsed.RefuseUseless(Stage1.Masks, !needsStage1, $"{trained.Path} takes no masks of a binary stage");
        parsed.RefuseUseless(
            _vocab, HashesWords(trained.Path) && (parsed.GetValue(Stage1.Model) is not { } binary || HashesWords(binary)),
            "the model was trained on hashed words");
        VocabularyOption.Require(trained, parsed.GetValue(_vocab));
    }

    /// <summary>Refuses what a report of wrong sound has no use for.</summary>
    /// <exception cref="InputException">Something of it is given.</exception>
    public void RequireSoundAlone(ParseResult parsed)
    {
        parsed.RefuseUseless(_protocol, true, "--audio reports shares, not scores");
        parsed.RefuseUseless(_saveMasks, true, "--audio makes masks of wrong sound");
        parsed.RefuseUseless(Stage1.Masks, true, "its masks were found with the clips' own sound; give the binary stage with --stage1");
    }

    private static bool HashesWords(string model) => File.Exists(model) && ModelCard.Read(model) is { HashesWords: true };
}
