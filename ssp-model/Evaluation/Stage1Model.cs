using SspNative.Model.Config;
using SspNative.Model.Data;
using SspNative.Model.Preprocessing;
using SspNative.Model.Training;
using SspNative.Model.Weights;

namespace SspNative.Model.Evaluation;

/// <summary>The binary stage that a semantic one builds on, read from its checkpoint or exported file.</summary>
public sealed class Stage1Model : IDisposable
{
    private readonly TrainingModel _model;
    private readonly TrainingOptions _options;
    private readonly PromptTokenizer _tokenizer;

    private Stage1Model(TrainingModel model, TrainingOptions options, PromptTokenizer tokenizer) =>
        (_model, _options, _tokenizer) = (model, options, tokenizer);

    /// <summary>A stage of its own: the file may be closed when it is made.</summary>
    /// <param name="device">Where it runs.</param>
    /// <param name="vocabulary">The <c>vocab.txt</c> that it was trained with; of no use to one that hashes words.</param>
    /// <exception cref="InputException">It is not a model of the binary stage, or it needs a vocabulary.</exception>
    public static Stage1Model Load(TrainedModel binary, IDevice device, string? vocabulary)
    {
        if (!binary.Options.Objective.IsBinary(binary.Config))
            throw new InputException($"{binary.Path}: not a model of the binary stage, but of {Name(binary)}");
        PromptTokenizer tokenizer = binary.Tokenizer(vocabulary);
        return new Stage1Model(new TrainingModel(binary.Config, binary.Weights, device), binary.Options, tokenizer);
    }

    /// <summary>Tells its weights from others.</summary>
    public string Hash => ContentHash.Compute(new Dictionary<string, string>(), _model.Parameters.Names.ToDictionary(n => n, n => _model.Parameters[n]));

    public IClipDataset Over(IClipDataset clips) => new Stage1ModelDataset(clips, _model, _options, _tokenizer);

    private static string Name(TrainedModel model) =>
        model.Options.Objective == TrainingObjective.Segmentation
            ? "the semantic stage"
            : $"a phase with the objective {ConfigJson.Word(model.Options.Objective)}";

    public void Dispose() => _model.Dispose();
}
