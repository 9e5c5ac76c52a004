using System.CommandLine;
using SspNative.Cli.Options;
using SspNative.Cli.Parsing;
using SspNative.Cli.Terminal;
using SspNative.Engine;
using SspNative.Kernels;
using SspNative.Model.Config;
using SspNative.Model.Data;
using SspNative.Model.Data.AvsBench;
using SspNative.Model.Data.Caching;
using SspNative.Model.Evaluation;
using SspNative.Model.MaskFusion;
using SspNative.Model.OpticalFlow;
using SspNative.Model.Preprocessing;
using SspNative.Model.Training;
using SspNative.Model.Weights;

namespace SspNative.Cli.Evaluating;

/// <summary><c>ssp eval</c>: scores a trained model on a split of a data set.</summary>
internal static class EvalCommand
{
    private static readonly DataOptions _data = new();

    private static readonly CacheOptions _cache = new("none");

    private static readonly Stage1Option _stage1 = new();

    private static readonly Argument<string?> _model = new("MODEL")
    {
        Description = "best.safetensors or last.safetensors of a run, what 'ssp export' made of one, or a folder of published files; none with --masks.",
        Arity = ArgumentArity.ZeroOrOne,
    };

    private static readonly Option<string> _masks = new("--masks")
    {
        Description = "In place of MODEL: masks that anything made, DIR/UID/T.png or DIR/SUBSET/UID/T.png, frames from 0; a palette's numbers are "
            + "labels, other pictures gray or in AVSBench's colours.",
        HelpName = "DIR",
    };

    private static readonly Option<string> _task = new Option<string>("--task")
    {
        Description = "For --masks, and a folder with the models of both tasks: avs for what sounds, avss for which class sounds.",
        HelpName = "avs|avss",
        DefaultValueFactory = _ => "avs",
    }.OneOf("avs", "avss");

    private static readonly Option<string> _protocol = new Option<string>("--protocol")
    {
        Description = "Report this protocol alone. aavs224 is what AAVS's published figures are: everything at 224×224, and their F.",
        HelpName = "NAME",
    }.OneOf([.. ProtocolNames.All]);

    private static readonly Option<string> _audio = new Option<string>("--audio")
    {
        Description = "Report how much is marked when the sound is wrong: silence, noise, or another clip's.",
        HelpName = "silence|noise|swap",
    }.OneOf("silence", "noise", "swap");

    private static readonly Option<string> _split = new("--split")
    {
        Description = "train, val or test.",
        HelpName = "NAME",
        DefaultValueFactory = _ => "test",
    };

    private static readonly Option<string> _motion = MotionOption.Create();

    private static readonly Option<string> _inferenceMask = InferenceMaskOption.Create();

    private static readonly Option<string> _vocab =
        VocabularyOption.Create("The WordPiece vocabulary of a model, or of its binary stage, that was trained with one.");

    private static readonly Option<string> _saveMasks = new("--save-masks")
    {
        Description = "A folder to make with the masks found, UID/T.png, which --stage1-masks reads; a former one is replaced.",
        HelpName = "DIR",
    };

    public static Command Create()
    {
        Option<string> device = DeviceOption.Create(), precision = DeviceOption.CreatePrecision();
        var json = new Option<bool>("--json") { Description = "Print one JSON document, with every clip, instead of tables." };
        var command = new Verb(
            "eval",
            "Scores a trained model as it would segment clips without their labels: mIoU and F by every protocol, by class and by difficulty.",
            "ssp eval run/best.safetensors --data synth --split val",
            "ssp eval run/best.safetensors --data avsbench --subset v1s --json",
            "ssp eval model.safetensors --data synth",
            "ssp eval binary/best.safetensors --data synth --save-masks masks",
            "ssp eval semantic/best.safetensors --data synth --stage1 binary/best.safetensors",
            "ssp eval semantic/best.safetensors --data synth --stage1-masks masks",
            "ssp eval run/best.safetensors --data avsbench --subset v1m --protocol aavs224",
            "ssp eval published/ --data avsbench --subset v1s --protocol aavs224 --inference-mask none",
            "ssp eval run/best.safetensors --data avsbench --audio swap",
            "ssp eval --masks their-masks --data avsbench --subset v1m",
            "mpiexec -n 4 ssp eval run/best.safetensors --data synth")
        {
            _model, _masks, _task, _protocol, _audio, _motion, _inferenceMask, _split, _vocab, _saveMasks, _stage1.Model, _stage1.Masks, device,
            precision, json,
        };
        _data.AddTo(command);
        _cache.AddTo(command);
        command.SetAction(parsed =>
        {
            TextWriter output = parsed.InvocationConfiguration.Output;
            if (parsed.GetValue(_masks) is { } folder)
            {
                Print(output, ProgressBars.Show(parsed, progress => Score(parsed, folder, progress)), parsed.GetValue(json));
                return ExitCodes.Success;
            }
            string path = parsed.GetValue(_model) ?? throw new InputException("there is nothing to score: give a model, or masks with --masks");
            using TrainedModel trained = TrainedModel.Open(path, parsed.IsGiven(_task) ? Task(parsed) : null);
            parsed.RefuseUseless(_task, !trained.HasBothTasks, "a model says its task itself");
            if (parsed.Ranks().Rank == 0)
                Output.Notes(parsed.InvocationConfiguration.Error, trained.Notes);
            IDevice target = DeviceOption.Open(parsed, device, precision);
            Action<TextWriter, bool> print = ProgressBars.Show(parsed, progress => Evaluate(parsed, trained, target, progress));
            if (parsed.Ranks().Rank == 0)
                print(output, parsed.GetValue(json));
            return ExitCodes.Success;
        });
        return command;
    }

    private static SegmentationTask Task(ParseResult parsed) => ConfigOption.TaskOf(parsed.GetRequiredValue(_task))!.Value;

    private static void Print(TextWriter output, EvaluationReport report, bool json)
    {
        if (json)
            output.WriteLine(report.ToJson());
        else
            EvaluationTables.Write(Output.Lines(output), report);
    }

    private static void Print(TextWriter output, WrongSoundReport report, bool json)
    {
        if (json)
            output.WriteLine(report.ToJson());
        else
            EvaluationTables.Write(Output.Lines(output), report);
    }

    // Masks that are there already need nothing but the clips and their labels.
    private static EvaluationReport Score(ParseResult parsed, string folder, StageProgress progress)
    {
        if (parsed.GetValue(_model) is { } model)
            throw new InputException($"{model}: a model is not needed to score masks; give one of MODEL and --masks");
        foreach (Option option in (Option[])
            [_audio, _motion, _inferenceMask, _saveMasks, _stage1.Model, _stage1.Masks, _vocab, _data.Flow, _data.FlowWeights, _data.PromptLevel])
            parsed.RefuseUseless(option, true, "--masks runs no model");
        SegmentationTask task = Task(parsed);
        DataChoice choice = _data.Choice(parsed) with { Flow = "none" };
        ClipSplit split = AvsBenchOptions.ParseSplit(parsed.GetRequiredValue(_split));
        IClipDataset data = DataOptions.Open(choice, choice.Clips(split, task) with { KeepClasses = true, Scenes = true }, null, null);
        return Chosen(parsed, Evaluator.Score(new MaskFolder(folder, haveClasses: task == SegmentationTask.Avss), data, task, progress));
    }

    private static EvaluationReport Chosen(ParseResult parsed, EvaluationReport report) =>
        parsed.GetValue(_protocol) is { } protocol ? report.Only(protocol) : report;

    // Returns what prints the report.
    private static Action<TextWriter, bool> Evaluate(ParseResult parsed, TrainedModel trained, IDevice device, StageProgress progress)
    {
        SspConfig config = trained.Config;
        TrainingOptions options = WithMasks(parsed, trained.Options);
        if (options.Objective is TrainingObjective.AudioTagging or TrainingObjective.TextTagging)
            throw new InputException($"{trained.Path}: this model was taught to name sounds or words alone, so it has no masks to score");
        string? vocabulary = parsed.GetValue(_vocab);
        bool needsStage1 = LabelledClipPreparer.NeedsStage1(config, options);
        parsed.RefuseUseless(_stage1.Model, !needsStage1, $"{trained.Path} takes no masks of a binary stage");
        parsed.RefuseUseless(_stage1.Masks, !needsStage1, $"{trained.Path} takes no masks of a binary stage");
        parsed.RefuseUseless(
            _vocab, HashesWords(trained.Path) && (parsed.GetValue(_stage1.Model) is not { } binary || HashesWords(binary)),
            "the model was trained on hashed words");
        VocabularyOption.Require(trained, vocabulary);
        PromptTokenizer tokenizer = trained.Tokenizer(vocabulary);
        ClipCache? cache = _cache.Open(parsed, null);
        using Stage1Model? stage1 = _stage1.OpenModel(parsed, config, options, device, vocabulary);
        DataChoice choice = _data.Choice(parsed);
        IFlowEstimator? estimator = _data.Estimator(parsed, choice.Flow, parsed.GetValue(_data.FlowWeights), config.Flow, device);
        using var network = estimator as IDisposable;
        ClipSplit split = AvsBenchOptions.ParseSplit(parsed.GetRequiredValue(_split));
        AvsBenchOptions labelled = choice.Clips(split, config.Task, options.Objective) with
        {
            KeepClasses = true,
            Scenes = options.Objective == TrainingObjective.Segmentation,
        };
        IClipDataset clips = DataOptions.Open(choice, labelled, estimator, cache);
        IClipDataset data = _stage1.Apply(parsed, stage1, clips);
        using var model = new TrainingModel(config, trained.Weights, device, options.Objective) { Cache = cache };
        var evaluator = new Evaluator(config, options, tokenizer) { ScoresAt224 = parsed.GetValue(_protocol) == ProtocolNames.Aavs224, Ranks = parsed.Ranks() };
        if (parsed.GetValue(_audio) is { } audio)
        {
            parsed.RefuseUseless(_protocol, true, "--audio reports shares, not scores");
            parsed.RefuseUseless(_saveMasks, true, "--audio makes masks of wrong sound");
            parsed.RefuseUseless(_stage1.Masks, true, "its masks were found with the clips' own sound; give the binary stage with --stage1");
            ReplacedSound sound = Enum.Parse<ReplacedSound>(audio, ignoreCase: true);
            IClipDataset heard = _stage1.Apply(parsed, stage1, new ReplacedSoundDataset(clips, sound));
            WrongSoundReport marked = evaluator.Mark(model, data, heard, sound, progress);
            return (output, json) => Print(output, marked, json);
        }
        using MaskDirectory? masks = parsed.Ranks().Rank == 0 && parsed.GetValue(_saveMasks) is { } folder ? new MaskDirectory(folder, data) : null;
        EvaluationReport report = Chosen(parsed, evaluator.Evaluate(model, data, masks is null ? null : masks.Write, progress));
        masks?.Commit(trained.Path);
        return (output, json) => Print(output, report, json);
    }

    // As it was trained, but for what the command line says of masks.
    private static TrainingOptions WithMasks(ParseResult parsed, TrainingOptions options)
    {
        options = options with { Motion = MotionOption.Read(parsed, _motion) ?? options.Motion };
        if (parsed.GetValue(_inferenceMask) is { } mask)
            options = options with { PreMask = true, InferenceMask = InferenceMaskModes.Parse(mask) };
        parsed.RefuseUseless(_motion, options.Inference.Mask == InferenceMaskMode.None, "no optical mask multiplies the frames");
        return options;
    }

    private static bool HashesWords(string model) => File.Exists(model) && ModelCard.Read(model) is { HashesWords: true };
}
