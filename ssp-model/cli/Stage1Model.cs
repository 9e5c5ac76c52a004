using SspNative.Kernels;
using SspNative.Model.Alignment;
using SspNative.Model.Config;
using SspNative.Model.Data;
using SspNative.Model.Training;

namespace SspNative.Cli;

/// <summary>The binary stage that a semantic one builds on, read from its checkpoint.</summary>
internal sealed class Stage1Model : IDisposable
{
    private readonly TrainingModel _model;
    private readonly TrainingOptions _options;
    private readonly PromptTokenizer _tokenizer;

    private Stage1Model(TrainingModel model, TrainingOptions options, PromptTokenizer tokenizer) =>
        (_model, _options, _tokenizer) = (model, options, tokenizer);

    /// <exception cref="InputException">No checkpoint was given, or it is not one of the binary stage.</exception>
    public static Stage1Model Open(string? path, IDevice device, PromptTokenizer tokenizer)
    {
        if (path is null)
            throw new InputException("task avss needs the masks of the binary stage: give its checkpoint with --stage1");
        if (!File.Exists(path))
            throw new InputException($"{path}: there is no such checkpoint");
        using Checkpoint checkpoint = Checkpoint.Open(path);
        return checkpoint.Config.Task == SegmentationTask.Avs
            ? new Stage1Model(new TrainingModel(checkpoint.Config, checkpoint.Weights, device), checkpoint.Options, tokenizer)
            : throw new InputException($"{path}: a checkpoint of the semantic stage, not of the binary one");
    }

    public IClipDataset Over(IClipDataset clips) => new Stage1Dataset(clips, _model, _options, _tokenizer);

    public void Dispose() => _model.Dispose();
}
