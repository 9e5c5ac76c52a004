using SspNative.Engine.Optim;
using SspNative.Model.Data;
using SspNative.Model.Losses;
using SspNative.Model.Networks;
using SspNative.Model.Preprocessing;

namespace SspNative.Model.Training;

/// <summary>
/// Trains a model step by step: forward and backward clip by clip, gradients averaged over the clips of a step, clipped by their global norm,
/// AdamW. What it computes follows from options, data and first weights alone, whatever the number of threads, and goes on from a checkpoint
/// as if it had never stopped.
/// </summary>
public sealed class Trainer : IDisposable
{
    private readonly IClipDataset _data;
    private readonly LabelledClipPreparer _preparer;
    private readonly SspLoss _loss;
    private readonly AdamW _optimizer, _textOptimizer;
    private readonly SplitMixPoints _points;
    private readonly ClipQueue<LabelledClip> _queue;
    private readonly string _fingerprint;

    /// <param name="model">What is trained; stays the caller's.</param>
    /// <param name="data">Training clips.</param>
    /// <param name="options">How.</param>
    /// <param name="tokenizer">The tokenizer of the model's text encoder.</param>
    /// <exception cref="InputException">There is no clip.</exception>
    public Trainer(TrainingModel model, IClipDataset data, TrainingOptions options, PromptTokenizer tokenizer)
    {
        if (data.Count == 0)
            throw new InputException("the training split has no clips");
        if (options.ClipsPerStep < 1 || options.Epochs < 1)
            throw new InputException($"training needs at least one epoch and one clip a step, not {options.Epochs} and {options.ClipsPerStep}");
        if (options.Objective != model.Objective)
            throw new ArgumentException($"the model is made to be taught {model.Objective}, the options say {options.Objective}");
        Model = model;
        Options = options;
        _data = data;
        model.Train(options);
        HashesWords = tokenizer.HashesWords;
        _preparer = new LabelledClipPreparer(model.Config, options, tokenizer, model.Frozen);
        _loss = new SspLoss(options.Criterion) { PostMaskWeight = options.PostMaskWeight ?? 0 };
        _optimizer = new AdamW { WeightDecay = options.WeightDecay };
        _textOptimizer = new AdamW { WeightDecay = options.WeightDecay };
        _points = new SplitMixPoints(options.Seed);
        _queue = new ClipQueue<LabelledClip>(Prepare, (long)data.Count * options.Epochs);
        _fingerprint = TrainingState.Fingerprint(data);
        State = new TrainingState { Points = _points.State, Data = _fingerprint };
    }

    public TrainingModel Model { get; }

    public TrainingOptions Options { get; }

    /// <summary>Whether prompts are hashed words, for want of a vocabulary.</summary>
    public bool HashesWords { get; }

    public TrainingState State { get; private set; }

    public int StepsPerEpoch => (_data.Count + Options.ClipsPerStep - 1) / Options.ClipsPerStep;

    public bool IsFinished => State.Epoch >= Options.Epochs;

    /// <summary>The optimizer's moments, for checkpoints.</summary>
    public IReadOnlyCollection<KeyValuePair<string, (Tensor M, Tensor V)>> Moments => [.. _optimizer.Moments, .. _textOptimizer.Moments];

    /// <summary>
    /// Goes on where a checkpoint was saved. The model must have been made from the checkpoint's weights, the options must be the checkpoint's.
    /// </summary>
    /// <exception cref="InputException">The checkpoint belongs to other data.</exception>
    public void Resume(Checkpoint checkpoint)
    {
        if (checkpoint.State.Data != _fingerprint)
            throw new InputException($"{checkpoint.Path}: the training clips are not those that the run began with");
        State = checkpoint.State;
        _points.State = State.Points;
        (string Name, Tensor M, Tensor V)[] moments = [.. checkpoint.ReadMoments(Model.Device)];
        _optimizer.Restore(State.Step, moments.Where(m => !HasOwnRate(m.Name)));
        _textOptimizer.Restore(State.Step, moments.Where(m => HasOwnRate(m.Name)));
    }

    /// <summary>Trains on the next clips.</summary>
    /// <exception cref="InputException">A clip cannot be used.</exception>
    /// <exception cref="InvalidDataException">A loss or gradient is not finite; the clips are named and no weight has changed.</exception>
    public StepRecord Step()
    {
        if (IsFinished)
            throw new InvalidOperationException($"all {Options.Epochs} epochs are done");
        using ProfilerSpan step = Profiler.Stage("step");
        using var scope = new TensorScope();
        int count = Math.Min(Options.ClipsPerStep, _data.Count - State.Position);
        var terms = new LossTerms();
        var gradients = new GradientSum();
        var clips = new List<string>();
        for (int i = 0; i < count; i++)
        {
            LabelledClip clip = Take((long)State.Epoch * _data.Count + State.Position + i);
            clips.Add(clip.Clip.Id);
            Learn(clip, count, terms, gradients);
        }
        using ProfilerSpan update = Profiler.Module("update");
        double norm = GradientClipping.GlobalNorm(gradients.Values);
        if (!double.IsFinite(norm))
            throw new InvalidDataException($"step {State.Step + 1}: the gradients are not finite after the clips {ShortList.Of(clips)}");
        float rate = Options.Rate(State.Step, State.Epoch, StepsPerEpoch);
        Update(gradients, rate, Options.ClipNorm is { } limit ? GradientClipping.Scale(norm, limit) : 1f);
        var record = new StepRecord(
            State.Step + 1, State.Epoch, rate, terms.Total, terms.CrossEntropy, terms.Mask, terms.Dice,
            Options.PostMaskWeight is null ? null : terms.PostMask, norm, clips);
        Advance(count);
        return record;
    }

    /// <summary>Notes a validation score. Returns whether it is the best so far, the first of equals counting.</summary>
    public bool NoteScore(double score)
    {
        if (score <= State.BestScore)
            return false;
        State = State with { BestScore = score, BestEpoch = State.Epoch };
        return true;
    }

    public void Dispose()
    {
        _queue.Dispose();
        _optimizer.Dispose();
        _textOptimizer.Dispose();
    }

    private void Update(GradientSum gradients, float rate, float scale)
    {
        (string Name, Tensor, Tensor)[] found = [.. gradients.Of(Model.Parameters.Trainable)];
        _optimizer.LearningRate = rate;
        _optimizer.Update(found.Where(g => !HasOwnRate(g.Name)), scale);
        if (Options.TextRateShare is not { } share)
            return;
        _textOptimizer.LearningRate = rate * share;
        _textOptimizer.Update(found.Where(g => HasOwnRate(g.Name)), scale);
    }

    private bool HasOwnRate(string parameter) => Options.TextRateShare is not null && TrainingOptions.IsOfTextEncoder(parameter);

    private void Learn(LabelledClip clip, int count, LossTerms terms, GradientSum gradients)
    {
        using var scope = new TensorScope();
        using var tape = new GradientTape { CheckpointLayers = Options.ActivationCheckpointing };
        Tensor loss = Loss(clip, count, terms);
        using ProfilerSpan span = Profiler.Module("backward");
        using Gradients found = tape.Backward(Ops.Scale(loss, 1f / count));
        gradients.Add(Model.Parameters.Trainable, found, scope);
    }

    private LabelledClip Take(long place)
    {
        using ProfilerSpan span = Profiler.Module("next clip");
        return _queue.Take(place);
    }

    private Tensor Loss(LabelledClip clip, int count, LossTerms terms)
    {
        using ProfilerSpan span = Profiler.Module("forward");
        return Model.TellsClasses ? ClassLoss(clip, count, terms) : MaskLoss(clip, count, terms);
    }

    private Tensor ClassLoss(LabelledClip clip, int count, LossTerms terms)
    {
        Tensor logits = Model.Classify(clip.Clip);
        Tensor loss = Ops.BceWithLogits(logits, Tensor.FromArray(clip.TrueClasses, logits.Shape, Model.Device));
        Note(ClipLoss.Read(loss), clip, count, terms);
        return loss;
    }

    private Tensor MaskLoss(LabelledClip clip, int count, LossTerms terms)
    {
        SspOutput output = Model.Forward(clip.Clip, auxiliary: true, DrawPaths(clip.Clip.Frames));
        (Tensor Logits, string What)[] logits = [.. output.Predictions.SelectMany(p => new[] { (p.ClassLogits, "class"), (p.MaskLogits, "mask") })];
        if (Ops.FirstNonFinite([.. logits.Select(l => l.Logits)]) is >= 0 and int found)
            throw NotFinite(clip, $"{logits[found].What} logits");
        SspLossParts loss = _loss.Forward(
            output.Predictions, clip.MaskTargets(Model.Device), Options.PostMaskWeight is null ? null : clip.PostMasks(Model.Device), _points);
        Note(ClipLoss.Read(loss), clip, count, terms);
        return loss.Total;
    }

    // (blocks,T): what scales each frame's attention in each block of the backbone, 0 where the frame skips it.
    private float[]? DrawPaths(int frames)
    {
        if (Options.DropPath == 0)
            return null;
        float[] scales = new float[Model.Config.Swin.Depths.Sum() * frames];
        _points.Fill(scales);
        for (int i = 0; i < scales.Length; i++)
            scales[i] = scales[i] < Options.DropPath ? 0 : 1 / (1 - Options.DropPath);
        return scales;
    }

    private void Note(ClipLoss loss, LabelledClip clip, int count, LossTerms terms)
    {
        if (!float.IsFinite(loss.Total))
            throw NotFinite(clip, "loss");
        terms.Add(in loss, 1.0 / count);
    }

    private InvalidDataException NotFinite(LabelledClip clip, string what) =>
        new($"step {State.Step + 1}: the {what} of clip {clip.Clip.Id} is not finite; a lower learning rate or stronger clipping may help");

    private void Advance(int count)
    {
        int position = State.Position + count;
        bool ended = position >= _data.Count;
        State = State with
        {
            Step = State.Step + 1,
            Epoch = State.Epoch + (ended ? 1 : 0),
            Position = ended ? 0 : position,
            Points = _points.State,
        };
    }

    // Runs on other threads: it reads nothing that a step changes.
    private LabelledClip Prepare(long place)
    {
        int epoch = (int)(place / _data.Count), position = (int)(place % _data.Count);
        int index = Options.InOrder ? position : DataOrder.Of(Options.Seed, epoch, _data.Count)[position];
        bool knowsGroundTruth = DataOrder.Uniform(Options.Seed, epoch, index) < Options.GroundTruthShare;
        bool reads = DataOrder.Uniform(~Options.Seed, epoch, index) >= Options.TextDropout;
        TrainingClip clip = _data.Load(index);
        return _preparer.ForTraining(reads ? clip : clip with { Prompts = Prompts.Empty }, knowsGroundTruth);
    }
}
