using SspNative.Engine.Distributed;
using SspNative.Engine.Optim;
using SspNative.Model.Config;
using SspNative.Model.Data;
using SspNative.Model.Losses;
using SspNative.Model.Networks;
using SspNative.Model.Preprocessing;

namespace SspNative.Model.Training;

/// <summary>
/// Trains a model step by step: forward and backward clip by clip, gradients averaged over the clips of a step, clipped by their global norm,
/// AdamW. What it computes follows from options, data and first weights alone, whatever the number of threads and of ranks, and goes on from a
/// checkpoint as if it had never stopped.
/// </summary>
public sealed partial class Trainer : IDisposable
{
    // Tells the choice of clips without sound from those of the other two, which take the seed itself and its complement.
    private const ulong SoundStream = 0x534F554E44000000;

    private readonly IClipDataset _data;
    private readonly LabelledClipPreparer _preparer;
    private readonly SspLoss _loss;
    private readonly AdamW _optimizer, _textOptimizer;
    private readonly SplitMixPoints _points;
    private readonly ClipPrefetcher<LabelledClip> _prefetcher;
    private readonly string _fingerprint;
    private readonly SlicedGradients? _sliced;

    /// <param name="model">What is trained; stays the caller's.</param>
    /// <param name="data">Training clips.</param>
    /// <param name="options">How it is trained.</param>
    /// <param name="tokenizer">The tokenizer of the model's text encoder.</param>
    /// <param name="ranks">
    /// Processes that train together, each with a trainer of the same model, clips and options; null: this one alone. Where the model is not on the
    /// processor: a <see cref="DeviceCollective"/>.
    /// </param>
    /// <exception cref="InputException">There is no clip.</exception>
    public Trainer(TrainingModel model, IClipDataset data, TrainingOptions options, PromptTokenizer tokenizer, ICollective? ranks = null)
    {
        data.RequireClips();
        if (options.ClipsPerStep < 1 || options.Epochs < 1)
            throw new InputException($"training needs at least one epoch and one clip a step, not {options.Epochs} and {options.ClipsPerStep}");
        if (options.Objective != model.Objective)
            throw new ArgumentException(
                $"the model is made to be taught {ConfigJson.Word(model.Objective)}, the options say {ConfigJson.Word(options.Objective)}");
        Model = model;
        Options = options;
        Ranks = ranks ?? SingleProcess.Instance;
        _data = data;
        model.Train(options);
        if (Ranks.Count > 1)
            _sliced = new SlicedGradients(Ranks, model.Parameters.Trainable);
        HashesWords = tokenizer.HashesWords;
        _preparer = new LabelledClipPreparer(model.Config, options, tokenizer, model.Frozen);
        _loss = new SspLoss(options.Criterion) { PostMaskWeight = options.PostMaskWeight ?? 0 };
        _optimizer = new AdamW { WeightDecay = options.WeightDecay };
        _textOptimizer = new AdamW { WeightDecay = options.WeightDecay };
        _points = new SplitMixPoints(options.Seed);
        _prefetcher = new ClipPrefetcher<LabelledClip>(Prepare, (long)data.Count * options.Epochs, next: NextPlace);
        _fingerprint = TrainingState.Fingerprint(data);
        State = new TrainingState { Points = _points.State, Data = _fingerprint };
    }

    public TrainingModel Model { get; }

    public TrainingOptions Options { get; }

    /// <summary>The processes that train together.</summary>
    public ICollective Ranks { get; }

    /// <summary>Whether prompts are hashed words, for want of a vocabulary.</summary>
    public bool HashesWords { get; }

    public TrainingState State { get; private set; }

    public int StepsPerEpoch => (_data.Count + Options.ClipsPerStep - 1) / Options.ClipsPerStep;

    public bool IsFinished => State.Epoch >= Options.Epochs;

    /// <summary>The optimizer's moments by parameter; of several ranks, those of this rank's slices.</summary>
    public IReadOnlyCollection<KeyValuePair<string, (Tensor M, Tensor V)>> Moments => [.. _optimizer.Moments, .. _textOptimizer.Moments];

    /// <summary>
    /// Goes on where a checkpoint was saved. The model must have been made from the checkpoint's weights, the options must be the checkpoint's.
    /// </summary>
    /// <exception cref="InputException">The checkpoint belongs to other data.</exception>
    public void Resume(Checkpoint checkpoint)
    {
        if (checkpoint.State.Data != _fingerprint)
            throw new InputException($"{checkpoint.Path}: the training clips are not those that the run began with: give the same data");
        State = checkpoint.State;
        _points.State = State.Points;
        (string Name, Tensor M, Tensor V)[] moments = [.. checkpoint.ReadMoments(Model.Device).SelectMany(Owned)];
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
        string[] clips = [.. Enumerable.Range(0, count).Select(i => _data.Id(IndexOf(Place(i))))];
        var gradients = new GradientSum();
        ClipLoss[] losses = _sliced is null ? LearnAlone(count, gradients) : LearnTogether(count, _sliced);
        var terms = new LossTerms();
        foreach (ClipLoss loss in losses)
            terms.Add(in loss, 1.0 / count);
        using ProfilerSpan update = Profiler.Module("update");
        double norm = _sliced?.Norm() ?? GradientClipping.GlobalNorm(gradients.Values);
        if (!double.IsFinite(norm))
            throw new InvalidDataException($"step {State.Step + 1}: the gradients are not finite after the clips {ShortList.Of(clips)}");
        float rate = Options.Rate(State.Step, State.Epoch, StepsPerEpoch);
        Update(
            _sliced?.Own ?? gradients.Of(Model.Parameters.Trainable), rate, Options.ClipNorm is { } limit ? GradientClipping.Scale(norm, limit) : 1f);
        _sliced?.ShareParameters();
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
        _prefetcher.Dispose();
        _sliced?.Dispose();
        _optimizer.Dispose();
        _textOptimizer.Dispose();
    }

    private void Update(IEnumerable<(string Name, Tensor, Tensor)> gradients, float rate, float scale)
    {
        (string Name, Tensor, Tensor)[] found = [.. gradients];
        _optimizer.LearningRate = rate;
        _optimizer.Update(found.Where(g => !HasOwnRate(g.Name)), scale);
        if (Options.TextRateShare is not { } share)
            return;
        _textOptimizer.LearningRate = rate * share;
        _textOptimizer.Update(found.Where(g => HasOwnRate(g.Name)), scale);
    }

    private bool HasOwnRate(string parameter) => Options.TextRateShare is not null && TrainingOptions.IsOfTextEncoder(parameter);

    private ClipLoss[] LearnAlone(int count, GradientSum gradients)
    {
        var losses = new ClipLoss[count];
        for (int i = 0; i < count; i++)
            losses[i] = Learn(Take(Place(i)), count, null, (found, scope) => gradients.Add(Model.Parameters.Trainable, found, scope));
        return losses;
    }

    private ClipLoss Learn(LabelledClip clip, int count, Action<Tensor, Tensor>? whole, Action<Gradients, TensorScope> keep)
    {
        using var scope = new TensorScope();
        using var tape = new GradientTape { CheckpointLayers = Options.ActivationCheckpointing };
        (Tensor loss, ClipLoss read) = Loss(clip);
        if (!float.IsFinite(read.Total))
            throw NotFinite(clip, "loss");
        using ProfilerSpan span = Profiler.Module("backward");
        using Gradients found = tape.Backward(Ops.Scale(loss, 1f / count), whole);
        keep(found, scope);
        return read;
    }

    private long Place(int clipOfStep) => (long)State.Epoch * _data.Count + State.Position + clipOfStep;

    private LabelledClip Take(long place)
    {
        using ProfilerSpan span = Profiler.Module("next clip");
        return _prefetcher.Take(place);
    }

    private (Tensor Loss, ClipLoss Read) Loss(LabelledClip clip)
    {
        using ProfilerSpan span = Profiler.Module("forward");
        return Model.TellsClasses ? ClassLoss(clip) : MaskLoss(clip);
    }

    private (Tensor Loss, ClipLoss Read) ClassLoss(LabelledClip clip)
    {
        Tensor logits = Model.Classify(clip.Prepared);
        Tensor loss = Ops.BceWithLogits(logits, Tensor.FromArray(clip.TrueClasses, logits.Shape, Model.Device));
        return (loss, ClipLoss.Read(loss));
    }

    private (Tensor Loss, ClipLoss Read) MaskLoss(LabelledClip clip)
    {
        SspOutput output = Model.Forward(clip.Prepared, auxiliary: true, DrawPaths(clip.Prepared.Frames));
        (Tensor Logits, string What)[] logits = [.. output.Predictions.SelectMany(p => new[] { (p.ClassLogits, "class"), (p.MaskLogits, "mask") })];
        if (Ops.FirstNonFinite([.. logits.Select(l => l.Logits)]) is >= 0 and int found)
            throw NotFinite(clip, $"{logits[found].What} logits");
        SspLossParts loss = _loss.Forward(
            output.Predictions, clip.MaskTargets(Model.Device), Options.PostMaskWeight is null ? null : clip.PostMasks(Model.Device), _points);
        return (loss.Total, ClipLoss.Read(loss));
    }

    // (blocks,T): what scales each frame's attention in each block of the backbone, 0 where the frame skips it.
    private float[]? DrawPaths(int frames)
    {
        if (Options.DropPath == 0)
            return null;
        float[] scales = new float[DropPaths(frames)];
        _points.Fill(scales);
        for (int i = 0; i < scales.Length; i++)
            scales[i] = scales[i] < Options.DropPath ? 0 : 1 / (1 - Options.DropPath);
        return scales;
    }

    private int DropPaths(int frames) => Model.Config.Swin.Depths.Sum() * frames;

    private InvalidDataException NotFinite(LabelledClip clip, string what) =>
        new($"step {State.Step + 1}: the {what} of clip {clip.Prepared.Id} is not finite; a lower learning rate or stronger clipping may help");

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

    private int IndexOf(long place)
    {
        int epoch = (int)(place / _data.Count), position = (int)(place % _data.Count);
        return Options.InOrder ? position : DataOrder.Shuffle(Options.Seed, epoch, _data.Count)[position];
    }

    // Runs on other threads: it reads nothing that a step changes.
    private LabelledClip Prepare(long place)
    {
        int epoch = (int)(place / _data.Count), index = IndexOf(place);
        bool knowsGroundTruth = DataOrder.Uniform(Options.Seed, epoch, index) < Options.GroundTruthShare;
        bool reads = DataOrder.Uniform(~Options.Seed, epoch, index) >= Options.TextDropout;
        bool hears = DataOrder.Uniform(Options.Seed ^ SoundStream, epoch, index) >= Options.SoundDropout;
        TrainingClip clip = _data.Load(index);
        LabelledClip labelled = _preparer.ForTraining(reads ? clip : clip with { Prompts = Prompts.Empty }, knowsGroundTruth);
        return hears ? labelled : labelled with { Prepared = labelled.Prepared.WithoutSound() };
    }
}
