using System.Text.Json.Serialization;
using SspNative.Engine.Optim;
using SspNative.Model.Config;
using SspNative.Model.Losses;
using SspNative.Model.MaskFusion;
using SspNative.Model.Weights;

namespace SspNative.Model.Training;

/// <summary>How the learning rate falls.</summary>
public enum RateSchedule
{
    /// <summary>By a factor at every milestone, as the paper's baseline does.</summary>
    MultiStep,

    /// <summary>Half a cosine down to zero at the last step.</summary>
    Cosine,

    /// <summary>(1 − step/total)^0.9.</summary>
    Polynomial,
}

/// <summary>
/// Everything besides model, data and first weights that decides what a training computes. It is stored in checkpoints, so that a resumed run is the
/// same run.
/// </summary>
public sealed record TrainingOptions : IValidated
{
    /// <summary>Chooses all that is drawn by chance: order of clips, points of the loss, stochastic depth, dropouts of inputs, first values.</summary>
    public ulong Seed { get; init; } = 1;

    public TrainingObjective Objective { get; init; } = TrainingObjective.Segmentation;

    public int Epochs { get; init; } = 30;

    /// <summary>Clips whose gradients are averaged into one step; the last step of an epoch may have fewer.</summary>
    public int ClipsPerStep { get; init; } = 2;

    public TrainableSet Trainable { get; init; } = TrainableSet.Heads;

    /// <summary>Parameters whose names begin so stay frozen although the trainable set has them.</summary>
    public IReadOnlyList<string> Frozen { get; init; } = [];

    public float LearningRate { get; init; } = 1e-3f;

    public RateSchedule Schedule { get; init; } = RateSchedule.MultiStep;

    /// <summary>Epochs, counted from 0, at whose beginning <see cref="RateSchedule.MultiStep"/> drops the rate.</summary>
    public IReadOnlyList<int> Milestones { get; init; } = [15];

    public float Gamma { get; init; } = 0.1f;

    /// <summary>Steps of linear rise at the start.</summary>
    public int WarmupSteps { get; init; }

    public float WeightDecay { get; init; } = 0.05f;

    /// <summary>
    /// The rate of the text encoder, <c>vta.bert</c>, as a share of the others'; null: the same. A pretrained BERT does not bear the rate of layers
    /// that begin anew.
    /// </summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public float? TextRateShare { get; init; }

    /// <summary>What parameters begin with that neither files nor an earlier phase have.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public Initialisation Initialisation { get; init; }

    /// <summary>
    /// Stochastic depth in the backbone: the probability that a frame skips a block's attention, which is scaled by 1/(1 − p) where it does not.
    /// </summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public float DropPath { get; init; }

    /// <summary>Whether every epoch takes the clips in the data set's order, subset by subset; otherwise each has an order of its own.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public bool InOrder { get; init; }

    /// <summary>
    /// Whether training clips of S4, labelled in their first frame alone, are that frame again and again, against all their seconds of sound.
    /// </summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public bool RepeatLabelledFrame { get; init; }

    /// <summary>Largest norm of all gradients together; null leaves them as they are.</summary>
    public float? ClipNorm { get; init; } = 0.01f;

    /// <summary>
    /// Whether the layers of the backbone and of both decoders run again in the backward pass instead of keeping what it needs: less memory, more
    /// time, the same gradients.
    /// </summary>
    public bool ActivationCheckpointing { get; init; }

    public CriterionConfig Criterion { get; init; } = new();

    /// <summary>Whether frames are multiplied with a pre-mask, in training and in validation.</summary>
    public bool PreMask { get; init; } = true;

    /// <summary>
    /// Share of training clips whose pre-mask knows the ground truth, equation (2); the others see what they would see at inference. 1 is the
    /// paper. The choice follows from seed, epoch and clip.
    /// </summary>
    public float GroundTruthShare { get; init; } = 1f;

    /// <summary>Share of training clips that are shown without their prompts, so that the model learns to do without; the paper has none.</summary>
    public float TextDropout { get; init; }

    /// <summary>
    /// Share of training clips whose sound is kept from the model: its embeddings are 0, as no sound's are. Where sound tells nearly all, masks have
    /// no other reason to follow the text (modality dropout; the paper has none).
    /// </summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public float SoundDropout { get; init; }

    /// <summary>λ', the weight of the post-mask loss; null leaves it out.</summary>
    public float? PostMaskWeight { get; init; } = 10f;

    public Tau Tau { get; init; } = InferenceSettings.Default.Tau;

    /// <summary>What counts as motion in the optical mask. Options that do not say were written before there was a choice.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public MotionMeasure Motion { get; init; } = InferenceSettings.Default.Motion;

    /// <summary>What stands for the ground truth in the pre-mask where it may not be known.</summary>
    public InferenceMaskMode InferenceMask { get; init; } = InferenceSettings.Default.Mask;

    /// <summary>What multiplies the frames where the ground truth is unknown, by the four options before.</summary>
    [JsonIgnore]
    public InferenceSettings Inference => InferenceSettings.From(PreMask, Tau, InferenceMask, Motion);

    /// <summary>
    /// The settings of the paper and of its baseline for a phase of a stage: 15 epochs each and clipping at 0.01 for task <c>avs</c> (S4, MS3), 20
    /// and 40 epochs without clipping for <c>avss</c>, which takes clips in order and leaves <c>queries_features</c> as they are; rate 1e-3, and 1e-4
    /// where the backbone's adapters are trained. The text encoder's rate is a tenth of it, and motion is that against the camera's (both not in the
    /// paper).
    /// </summary>
    public static TrainingOptions Published(SegmentationTask task, TrainableSet phase)
    {
        bool binary = task == SegmentationTask.Avs;
        return new TrainingOptions
        {
            Trainable = phase,
            LearningRate = phase == TrainableSet.Heads ? 1e-3f : 1e-4f,
            Epochs = binary ? 15 : phase == TrainableSet.Heads ? 20 : 40,
            Milestones = [],
            ClipNorm = binary ? 0.01f : null,
            Frozen = binary ? [] : ["model.model.transformer_module.queries_features"],
            InOrder = !binary,
            DropPath = 0.3f,
            RepeatLabelledFrame = true,
            Initialisation = Initialisation.Published,
            TextRateShare = 0.1f,
            Motion = MotionMeasure.Camera,
            InferenceMask = binary ? InferenceSettings.Default.Mask : InferenceMaskMode.Stage1,
        };
    }

    /// <summary>Whether a parameter is trained.</summary>
    public bool Trains(ParameterSpec parameter) =>
        Trainable.Includes(parameter) && !Frozen.Any(f => parameter.Name.StartsWith(f, StringComparison.Ordinal));

    /// <summary>
    /// Whether a parameter that no weights have may be initialised: what is trained, and adapters of the backbone that
    /// <see cref="Initialisation.Published"/> makes do nothing; but not the text encoder there, which the paper has pretrained.
    /// </summary>
    public bool Initialises(ParameterSpec parameter) => Initialisation == Initialisation.Published
        ? parameter.Role == Role.Adapter || (Trains(parameter) && !IsOfTextEncoder(parameter.Name))
        : Trains(parameter);

    /// <summary>Whether a parameter is the text encoder's, by its name.</summary>
    public static bool IsOfTextEncoder(string parameter) => ModelPart.Text.Has(parameter);

    /// <summary>First values of what no weights have.</summary>
    public IParameterSource FirstValues(SspConfig config) =>
        Initialisation == Initialisation.Published ? new PublishedWeights(this, config.AudioHidden) : new InitialWeights(Seed);

    /// <summary>The rate of a step.</summary>
    /// <param name="step">Counted from 0.</param>
    /// <param name="epoch">Counted from 0.</param>
    /// <param name="stepsPerEpoch">Steps of an epoch.</param>
    public float Rate(int step, int epoch, int stepsPerEpoch)
    {
        int total = Epochs * stepsPerEpoch;
        float rate = Schedule switch
        {
            RateSchedule.Cosine => LearningRateSchedule.Cosine(LearningRate, step, total),
            RateSchedule.Polynomial => LearningRateSchedule.Polynomial(LearningRate, step, total),
            _ => LearningRateSchedule.MultiStep(LearningRate, epoch, Milestones, Gamma),
        };
        return LearningRateSchedule.Warmup(rate, step, WarmupSteps);
    }

    /// <inheritdoc/>
    public void Validate(string path = "")
    {
        var check = new MemberCheck(path);
        check.Range(Epochs, 1, 10_000);
        check.Range(ClipsPerStep, 1, 65_536);
        for (int i = 0; i < Frozen.Count; i++)
            if (Frozen[i].Length == 0)
                throw new InvalidDataException($"{path}frozen[{i}] is \"\"; it must be the beginning of a parameter's name, as \"vggish\"");
        check.Range(LearningRate, 0f, 100f);
        for (int i = 0; i < Milestones.Count; i++)
            check.Range(Milestones[i], 0, 10_000, MemberCheck.Item(nameof(Milestones), i));
        check.Range(Gamma, 0f, 100f);
        check.Range(WarmupSteps, 0, 100_000_000);
        check.Range(WeightDecay, 0f, 100f);
        check.Range(TextRateShare ?? 1f, 0f, 100f, nameof(TextRateShare));
        check.Range(DropPath, 0f, 0.99f);
        check.Range(ClipNorm ?? 1f, 1e-6f, 1e6f, nameof(ClipNorm));
        Criterion.Validate($"{path}criterion.");
        check.Range(GroundTruthShare, 0f, 1f);
        check.Range(TextDropout, 0f, 1f);
        check.Range(SoundDropout, 0f, 1f);
        if (SoundDropout > 0 && Objective != TrainingObjective.Segmentation)
            throw new InvalidDataException($"{path}sound_dropout is {SoundDropout}; it must be 0 where the objective is {ConfigJson.Word(Objective)}");
        check.Range(PostMaskWeight ?? 0f, 0f, 1e6f, nameof(PostMaskWeight));
    }
}
