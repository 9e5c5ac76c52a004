using SspNative.Model.Config;
using SspNative.Model.Data;
using SspNative.Model.Evaluation;
using SspNative.Model.Preprocessing;

namespace SspNative.Model.Training;

/// <summary>Scores of a validation.</summary>
/// <param name="Protocol">
/// <c>aavs</c> for binary masks; <c>avsbench-seen</c> for semantic ones, over the classes that occur, with the background; <c>sound</c> for the
/// classes told in each second: intersection over union, and F1, of all pairs of a second and a class.
/// </param>
/// <param name="Frames">Frames scored.</param>
/// <param name="MeanIou">Decides which checkpoint is the best.</param>
/// <param name="FScore">F.</param>
public sealed record ValidationScore(string Protocol, int Frames, double MeanIou, double FScore);

/// <summary>Scores a model on labelled clips as it would segment them without their labels.</summary>
public sealed class Validator(IClipDataset data, SspConfig config, TrainingOptions options, PromptTokenizer tokenizer)
{
    /// <exception cref="InputException">A clip cannot be used, or there is none.</exception>
    public ValidationScore Run(TrainingModel model)
    {
        if (data.Count == 0)
            throw new InputException("the validation split has no clips");
        return options.Objective == TrainingObjective.Sound ? RunSound(model) : RunMasks(model);
    }

    private ValidationScore RunSound(TrainingModel model)
    {
        var builder = new BatchBuilder(config, options, tokenizer);
        using var queue = new ClipQueue<PreparedClip>(place => builder.ForValidation(data.Load((int)place)), data.Count);
        long both = 0, found = 0, wanted = 0, frames = 0;
        for (int i = 0; i < data.Count; i++)
        {
            using var scope = new TensorScope();
            PreparedClip clip = queue.Take(i);
            foreach ((float logit, float truth) in model.Hear(clip).ToArray().Zip(clip.Heard))
            {
                found += logit > 0 ? 1 : 0;
                wanted += truth > 0 ? 1 : 0;
                both += logit > 0 && truth > 0 ? 1 : 0;
            }
            frames += clip.Frames;
        }
        return new ValidationScore("sound", (int)frames, (double)both / Math.Max(1, found + wanted - both), 2.0 * both / Math.Max(1, found + wanted));
    }

    private ValidationScore RunMasks(TrainingModel model)
    {
        EvaluationReport report = new Evaluator(config, options, tokenizer).Evaluate(model, data);
        ProtocolScore score = report.By(model.IsBinary ? ProtocolNames.Aavs : ProtocolNames.AvsBenchSeen);
        return new ValidationScore(score.Name, report.Frames, score.MeanIou, score.FScore);
    }
}
