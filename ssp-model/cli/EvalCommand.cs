using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using SspNative.Kernels;
using SspNative.Model.Alignment;
using SspNative.Model.Config;
using SspNative.Model.Data.AvsBench;
using SspNative.Model.Training;

namespace SspNative.Cli;

/// <summary><c>ssp eval</c>: scores a trained model on a split of a data set.</summary>
internal static class EvalCommand
{
    private static readonly DataOptions _data = new();

    private static readonly Argument<string> _checkpoint = new("CHECKPOINT") { Description = "best.safetensors or last.safetensors of a run." };

    private static readonly Option<string> _split = new("--split")
    {
        Description = "train, val or test.",
        HelpName = "NAME",
        DefaultValueFactory = _ => "test",
    };

    private static readonly Option<string> _vocab = new("--vocab")
    {
        Description = "The text encoder's WordPiece vocabulary; without it words are hashed to ids.",
        HelpName = "vocab.txt",
    };

    public static Command Create()
    {
        Option<string> device = DeviceOption.Create();
        var json = new Option<bool>("--json") { Description = "Print one JSON document instead of a line." };
        var command = new Verb(
            "eval",
            "Scores a trained model as it would segment clips without their labels: mIoU and F.",
            "ssp eval run/best.safetensors --data synth --split val",
            "ssp eval run/best.safetensors --data avsbench --subset v1s --json")
        {
            _checkpoint, _split, _vocab, device, json,
        };
        _data.AddTo(command);
        command.SetAction(parsed =>
        {
            using Checkpoint checkpoint = Checkpoint.Open(parsed.GetRequiredValue(_checkpoint));
            SspConfig config = checkpoint.Config;
            PromptTokenizer tokenizer = parsed.GetValue(_vocab) is { } vocabulary
                ? PromptTokenizer.FromVocabulary(vocabulary, config.Text.VocabSize)
                : PromptTokenizer.Hashing(config.Text.VocabSize);
            IDevice target = DeviceOption.Open(parsed.GetRequiredValue(device));
            using var model = new TrainingModel(config, checkpoint.Weights, target);
            var validator = new Validator(
                _data.Open(parsed, AvsBenchOptions.ParseSplit(parsed.GetRequiredValue(_split)), config.Task), config, checkpoint.Options, tokenizer);
            Report(validator.Run(model), parsed.GetValue(json), parsed.InvocationConfiguration.Output);
            return SspCommandLine.Success;
        });
        return command;
    }

    private static void Report(ValidationScore score, bool json, TextWriter output)
    {
        output.WriteLine(json
            ? JsonSerializer.Serialize(new { score.Protocol, score.Frames, score.MeanIou, score.FScore }, ConfigJson.Options)
            : string.Create(
                CultureInfo.InvariantCulture, $"protocol {score.Protocol}: mIoU {score.MeanIou:0.0000}, F {score.FScore:0.0000} over {score.Frames} frames"));
    }
}
