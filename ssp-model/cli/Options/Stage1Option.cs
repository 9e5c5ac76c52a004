using System.CommandLine;
using SspNative.Engine;
using SspNative.Kernels;
using SspNative.Model.Config;
using SspNative.Model.Data;
using SspNative.Model.Evaluation;
using SspNative.Model.Training;

namespace SspNative.Cli.Options;

/// <summary>The options that give clips the masks of the binary stage: its model, or the masks that it found before.</summary>
internal sealed class Stage1Option
{
    public Option<string> Model { get; } = new("--stage1")
    {
        Description = "For task avss: the binary stage, its best.safetensors, what 'ssp export' made of it, or published files.",
        HelpName = "FILE|FOLDER",
    };

    public Option<string> Masks { get; } = new("--stage1-masks")
    {
        Description = "In place of --stage1: the masks of the binary stage, as 'ssp eval BINARY --save-masks DIR' or AAVS writes them.",
        HelpName = "DIR",
    };

    /// <summary>The binary stage's model where masks are needed and have to be found first, or null.</summary>
    /// <exception cref="InputException">
    /// Masks are needed and neither option is given, or both are, or the model is not of the binary stage.
    /// </exception>
    public Stage1Model? OpenModel(ParseResult parsed, SspConfig config, TrainingOptions options, IDevice device, string? vocabulary)
    {
        string? model = parsed.GetValue(Model), masks = parsed.GetValue(Masks);
        RequireOne(model, masks);
        if (!LabelledClipPreparer.NeedsStage1(config, options) || masks is not null)
            return null;
        // A binary stage is its own.
        return model is null && config.Task == SegmentationTask.Avs ? null : Open(model, device, vocabulary);
    }

    /// <exception cref="InputException">No model is given, or it is not of the binary stage.</exception>
    public static Stage1Model Open(string? model, IDevice device, string? vocabulary)
    {
        if (model is null)
            throw new InputException(
                "task avss needs the masks of the binary stage: give its checkpoint or exported model with --stage1, "
                + "or masks that it found with --stage1-masks");
        using TrainedModel binary = TrainedModel.Open(model);
        VocabularyOption.Require(binary, vocabulary);
        return Stage1Model.Load(binary, device, vocabulary);
    }

    /// <exception cref="InputException">Both options are given.</exception>
    public static void RequireOne(string? model, string? masks)
    {
        if (model is not null && masks is not null)
            throw new InputException("--stage1 and --stage1-masks give the same masks; use one of them");
    }

    /// <summary>The clips with their masks, where an option gives them.</summary>
    /// <param name="parsed">The command line.</param>
    /// <param name="model">What <see cref="OpenModel"/> returned.</param>
    /// <param name="clips">The clips.</param>
    /// <exception cref="InputException">There is no such folder of masks.</exception>
    public IClipDataset Apply(ParseResult parsed, Stage1Model? model, IClipDataset clips) =>
        parsed.GetValue(Masks) is { } folder ? new Stage1FolderDataset(clips, folder) : model?.Over(clips) ?? clips;
}
