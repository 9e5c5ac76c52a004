using System.CommandLine;
using SspNative.Cli.Parsing;
using SspNative.Cli.Terminal;
using SspNative.Engine;
using SspNative.Engine.Storage;
using SspNative.Kernels;
using SspNative.Model.Config;
using SspNative.Model.Data;
using SspNative.Model.Data.Caching;
using SspNative.Model.Evaluation;
using SspNative.Model.OpticalFlow;
using SspNative.Model.Preprocessing;
using SspNative.Model.Training;

namespace SspNative.Cli.Evaluating;

/// <summary><c>ssp eval</c>: scores a trained model on a split of a data set.</summary>
internal static class EvalCommand
{
    private static readonly EvalOptions _options = new();

    public static Command Create()
    {
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
            "mpiexec -n 4 ssp eval run/best.safetensors --data synth");
        _options.AddTo(command);
        command.SetAction(parsed => Run(parsed, _options.Read(parsed)));
        return command;
    }

    private static int Run(ParseResult parsed, EvalRequest request)
    {
        TextWriter output = parsed.InvocationConfiguration.Output;
        if (request.Masks is { } folder)
        {
            Print(output, ProgressBars.Show(parsed, progress => Score(parsed, request, folder, progress)), request.IsJson);
            return ExitCodes.Success;
        }
        string path = request.Model ?? throw new InputException("there is nothing to score: give a model, or masks with --masks");
        using TrainedModel trained = TrainedModel.Open(path, request.HasTask ? request.Task : null);
        _options.RequireTask(parsed, trained);
        if (parsed.Ranks().Rank == 0)
            Output.Notes(parsed.InvocationConfiguration.Error, trained.Notes);
        IDevice device = _options.OpenDevice(parsed);
        Action<TextWriter, bool> print = ProgressBars.Show(parsed, progress => Evaluate(parsed, request, trained, device, progress));
        if (parsed.Ranks().Rank == 0)
            print(output, request.IsJson);
        return ExitCodes.Success;
    }

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
    private static EvaluationReport Score(ParseResult parsed, EvalRequest request, string folder, StageProgress progress)
    {
        _options.RequireMasksAlone(parsed);
        if (request.Protocol is { } protocol)
            ProtocolNames.Require(protocol, request.Task == SegmentationTask.Avs);
        EvalRequest masksOnly = request with { Data = request.Data with { Flow = "none" } };
        IClipDataset data = masksOnly.Open(request.Task, TrainingObjective.Segmentation, null, null);
        var masks = new MaskFolder(folder, haveClasses: request.Task == SegmentationTask.Avss);
        return request.Chosen(Evaluator.Score(masks, data, request.Task, progress));
    }

    // Returns what prints the report.
    private static Action<TextWriter, bool> Evaluate(
        ParseResult parsed, EvalRequest request, TrainedModel trained, IDevice device, StageProgress progress)
    {
        SspConfig config = trained.Config;
        TrainingOptions options = request.Scored(trained.Options);
        _options.RequireSense(parsed, trained, options);
        if (request.SavedMasks is { } saved && parsed.GetValue(_options.Stage1.Masks) is { } given && RealPath.IsSame(saved, given))
            throw new InputException($"--save-masks {saved}: this is the folder that is read; give another one");
        PromptTokenizer tokenizer = trained.Tokenizer(request.Vocabulary);
        ClipCache? cache = _options.Cache.Open(parsed, null);
        using Stage1Model? stage1 = _options.Stage1.OpenModel(parsed, config, options, device, request.Vocabulary);
        IFlowEstimator? estimator = _options.Data.Estimator(parsed, request.Data.Flow, request.FlowWeights, config.Flow, device);
        using var network = estimator as IDisposable;
        IClipDataset clips = request.Open(config.Task, options.Objective, estimator, cache);
        IClipDataset data = _options.Stage1.Apply(parsed, stage1, clips);
        using var model = new TrainingModel(config, trained.Weights, device, options.Objective) { Cache = cache };
        var evaluator = new Evaluator(config, options, tokenizer) { ScoresAt224 = request.Protocol == ProtocolNames.Aavs224, Ranks = parsed.Ranks() };
        if (request.Sound is { } sound)
        {
            _options.RequireSoundAlone(parsed);
            IClipDataset heard = _options.Stage1.Apply(parsed, stage1, new ReplacedSoundDataset(clips, sound));
            WrongSoundReport marked = evaluator.Mark(model, data, heard, sound, progress);
            return (output, json) => Print(output, marked, json);
        }
        using MaskDirectory? masks = parsed.Ranks().Rank == 0 && request.SavedMasks is { } folder ? new MaskDirectory(folder, data) : null;
        EvaluationReport report = request.Chosen(evaluator.Evaluate(model, data, masks is null ? null : masks.Write, progress));
        masks?.Commit(trained.Path);
        return (output, json) => Print(output, report, json);
    }
}
