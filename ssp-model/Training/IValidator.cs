using SspNative.Model.Config;
using SspNative.Model.Data;
using SspNative.Model.Preprocessing;

namespace SspNative.Model.Training;

/// <summary>Scores of a validation.</summary>
/// <param name="Protocol">
/// <c>aavs</c> for binary masks; <c>avsbench-seen</c> for semantic ones, over the classes that occur, with the background; <c>sound</c> for the
/// classes told in each second: intersection over union, and F1, of all pairs of a second and a class; <c>text</c> for those told of a clip's prompts.
/// </param>
/// <param name="Frames">Frames scored.</param>
/// <param name="MeanIou">Decides which checkpoint is the best.</param>
/// <param name="FScore">The F-score of the same masks or classes.</param>
public sealed record ValidationScore(string Protocol, int Frames, double MeanIou, double FScore);

/// <summary>Scores a model after each epoch; the best score decides which checkpoint is the best.</summary>
public interface IValidator
{
    /// <exception cref="InputException">A clip cannot be used, or there is none.</exception>
    ValidationScore Run(TrainingModel model);
}

/// <summary>Makes the validator of a phase.</summary>
/// <param name="clips">Labelled clips that are not trained on.</param>
/// <param name="config">Sizes of the phase's model.</param>
/// <param name="options">How the phase trains.</param>
/// <param name="tokenizer">The tokenizer of the model's text encoder.</param>
public delegate IValidator ValidatorFactory(IClipDataset clips, SspConfig config, TrainingOptions options, PromptTokenizer tokenizer);
