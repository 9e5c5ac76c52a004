using System.CommandLine;
using SspNative.Engine;
using SspNative.Engine.Diagnostics;
using SspNative.Kernels;
using SspNative.Model.Config;
using SspNative.Model.Data;
using SspNative.Model.Data.AvsBench;
using SspNative.Model.Data.Caching;
using SspNative.Model.Evaluation;
using SspNative.Model.OpticalFlow;
using SspNative.Model.Preprocessing;
using SspNative.Model.Training;
using SspNative.Model.Weights;

namespace SspNative.Cli;

/// <summary><c>ssp eval</c>: scores a trained model on a split of a data set.</summary>
internal static class EvalCommand
{
    private static readonly DataOptions _data = new();

    private static readonly CacheOptions _cache = new("none");

    private static readonly Stage1Option _stage1 = new();

    private static readonly Argument<string> _model = new("MODEL")
    {
        Description = "best.safetensors or last.safetensors of a run, or what 'ssp export' made of one.",
    };

    private static readonly Option<string> _split = new("--split")
    {
        Description = "train, val or test.",
        HelpName = "NAME",
        DefaultValueFactory = _ => "test",
    };

    private static readonly Option<string> _vocab = new("--vocab")
    {
        Description = "The WordPiece vocabulary of a model, or of its binary stage, that was trained with one.",
        HelpName = "vocab.txt",
    };

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
            "ssp eval semantic/best.safetensors --data synth --stage1-masks masks")
        {
            _model, _split, _vocab, _saveMasks, _stage1.Model, _stage1.Masks, device, precision, json,
        };
        _data.AddTo(command);
        _cache.AddTo(command);
        command.SetAction(parsed =>
        {
            using TrainedModel trained = TrainedModel.Open(parsed.GetRequiredValue(_model));
            IDevice target = DeviceOption.Open(parsed, device, precision);
            EvaluationReport report = Progress.Show(parsed, progress => Evaluate(parsed, trained, target, progress));
            TextWriter output = parsed.InvocationConfiguration.Output;
            if (parsed.GetValue(json))
                output.WriteLine(report.ToJson());
            else
                EvaluationTables.Write(Output.Lines(output), report);
            return SspCommandLine.Success;
        });
        return command;
    }

    private static EvaluationReport Evaluate(ParseResult parsed, TrainedModel trained, IDevice device, StageProgress progress)
    {
        SspConfig config = trained.Config;
        TrainingOptions options = trained.Options;
        if (options.Objective == TrainingObjective.Sound)
            throw new InputException($"{trained.Path}: this model was taught to name sounds alone, so it has no masks to score");
        string? vocabulary = parsed.GetValue(_vocab);
        bool needsStage1 = LabelledClipPreparer.NeedsStage1(config, options);
        parsed.RefuseUseless(_stage1.Model, !needsStage1, $"{trained.Path} takes no masks of a binary stage");
        parsed.RefuseUseless(_stage1.Masks, !needsStage1, $"{trained.Path} takes no masks of a binary stage");
        parsed.RefuseUseless(
            _vocab, HashesWords(trained.Path) && (parsed.GetValue(_stage1.Model) is not { } binary || HashesWords(binary)), "the model was trained on hashed words");
        PromptTokenizer tokenizer = trained.Tokenizer(vocabulary);
        ClipCache? cache = _cache.Open(parsed, null);
        using Stage1Model? stage1 = _stage1.OpenModel(parsed, config, options, device, vocabulary);
        DataChoice choice = _data.Choice(parsed);
        IFlowEstimator? estimator = _data.Estimator(parsed, choice.Flow, parsed.GetValue(_data.FlowWeights), config.Flow, device);
        using var network = estimator as IDisposable;
        IClipDataset data = _stage1.Apply(
            parsed, stage1,
            DataOptions.Open(choice, AvsBenchOptions.ParseSplit(parsed.GetRequiredValue(_split)), config.Task, estimator, cache, options.Objective, keepClasses: true, scenes: true));
        using var model = new TrainingModel(config, trained.Weights, device, options.Objective) { Cache = cache };
        using MaskDirectory? masks = parsed.GetValue(_saveMasks) is { } folder ? new MaskDirectory(folder, data) : null;
        EvaluationReport report = new Evaluator(config, options, tokenizer).Evaluate(model, data, masks is null ? null : masks.Write, progress);
        masks?.Commit(trained.Path);
        return report;
    }

    private static bool HashesWords(string model) => File.Exists(model) && ModelCard.Read(model) is { HashesWords: true };
}
