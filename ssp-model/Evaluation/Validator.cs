using SspNative.Engine.Distributed;
using SspNative.Model.Config;
using SspNative.Model.Data;
using SspNative.Model.Preprocessing;
using SspNative.Model.Training;

namespace SspNative.Model.Evaluation;

/// <summary>Scores a model on labelled clips as it would segment them without their labels.</summary>
/// <param name="data">The clips.</param>
/// <param name="config">Sizes and task of the model.</param>
/// <param name="options">How it is trained, which says what masks it is given.</param>
/// <param name="tokenizer">The tokenizer of the model's text encoder.</param>
/// <param name="ranks">Processes that score together, each its share of the clips; null: this one alone.</param>
public sealed class Validator(IClipDataset data, SspConfig config, TrainingOptions options, PromptTokenizer tokenizer, ICollective? ranks = null) : IValidator
{
    private readonly ICollective _ranks = ranks ?? SingleProcess.Instance;

    /// <exception cref="InputException">A clip cannot be used, or there is none.</exception>
    public ValidationScore Run(TrainingModel model)
    {
        data.RequireClips();
        return model.TellsClasses ? RunClasses(model) : RunMasks(model);
    }

    private ValidationScore RunClasses(TrainingModel model)
    {
        var preparer = new LabelledClipPreparer(config, options, tokenizer);
        using var prefetcher = new ClipPrefetcher<LabelledClip>(
            place => preparer.ForValidation(data.Load((int)place)), data.Count, next: place => place + _ranks.Count);
        long both = 0, found = 0, wanted = 0, frames = 0;
        for (int i = _ranks.Rank; i < data.Count; i += _ranks.Count)
        {
            using var scope = new TensorScope();
            LabelledClip clip = prefetcher.Take(i);
            foreach ((float logit, float truth) in model.Classify(clip.Prepared).ToArray().Zip(clip.TrueClasses))
            {
                found += logit > 0 ? 1 : 0;
                wanted += truth > 0 ? 1 : 0;
                both += logit > 0 && truth > 0 ? 1 : 0;
            }
            frames += clip.Prepared.Frames;
        }
        (both, found, wanted, frames) = (Sum(both), Sum(found), Sum(wanted), Sum(frames));
        return new ValidationScore(
            options.Objective == TrainingObjective.TextTagging ? "text" : "sound", (int)frames, (double)both / Math.Max(1, found + wanted - both),
            2.0 * both / Math.Max(1, found + wanted));
    }

    private long Sum(long own) => _ranks.AllGather(BitConverter.GetBytes(own)).Sum(bytes => BitConverter.ToInt64(bytes));

    private ValidationScore RunMasks(TrainingModel model)
    {
        EvaluationReport report = new Evaluator(config, options, tokenizer) { Ranks = _ranks }.Evaluate(model, data);
        ProtocolScore score = report.By(model.IsBinary ? ProtocolNames.Aavs : ProtocolNames.AvsBenchSeen);
        return new ValidationScore(score.Name, report.Frames, score.MeanIou, score.FScore);
    }
}
