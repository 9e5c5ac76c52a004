using SspNative.Model.Config;
using SspNative.Model.Data;
using SspNative.Model.Data.Caching;
using SspNative.Model.Decoder;
using SspNative.Model.Encoders.Bert;
using SspNative.Model.Encoders.Vggish;
using SspNative.Model.Media;
using SspNative.Model.Networks;

namespace SspNative.Model.Training;

/// <summary>
/// SSP and the VGGish before it over one set of parameters, some of which are trained; for the objectives
/// <see cref="TrainingObjective.AudioTagging"/> and <see cref="TrainingObjective.TextTagging"/> the encoder of sound, or of text, and a layer that names
/// what it is given. Owns the parameters.
/// </summary>
public sealed class TrainingModel : IDisposable
{
    /// <summary>The layer that only the objective <see cref="TrainingObjective.AudioTagging"/> has.</summary>
    private const string SoundClassifier = "sound_classifier";

    /// <summary>The layer that only the objective <see cref="TrainingObjective.TextTagging"/> has.</summary>
    private const string TextClassifier = "text_classifier";

    private readonly Ssp? _ssp;
    private readonly Vggish _vggish;
    private readonly BlipText? _text;
    private readonly Linear? _soundClassifier, _textClassifier;
    private FrozenEncoders? _frozen;

    /// <param name="config">Sizes of the whole model.</param>
    /// <param name="weights">Where the first weights come from.</param>
    /// <param name="device">Where to.</param>
    /// <param name="objective">What is to be taught.</param>
    /// <exception cref="InvalidDataException">The weights lack parameters or have them in other shapes; all are named.</exception>
    public TrainingModel(SspConfig config, IParameterSource weights, IDevice device, TrainingObjective objective = TrainingObjective.Segmentation)
    {
        Config = ConfigOf(config, objective);
        Objective = objective;
        Parameters = new ParameterStore(weights, device);
        try
        {
            if (objective == TrainingObjective.TextTagging)
            {
                _text = new BlipText((Parameters.Root / "vta").As(Role.Head) / "bert", config.Text);
                _textClassifier = new Linear(Parameters.Root / TextClassifier, config.Text.HiddenSize, Palette.ClassNames.Count);
            }
            else if (objective == TrainingObjective.AudioTagging)
                _soundClassifier = new Linear(Parameters.Root / SoundClassifier, AudioQueries.AudioChannels, Palette.ClassNames.Count);
            else
                _ssp = new Ssp(Parameters.Root, Config);
            _vggish = Ssp.MakeVggish(Parameters.Root, config);
            Parameters.ThrowIfIncomplete();
        }
        catch
        {
            Parameters.Dispose();
            throw;
        }
    }

    public TrainingObjective Objective { get; }

    public SspConfig Config { get; }

    /// <summary>Whether its masks tell what sounds from what does not, and no classes.</summary>
    public bool IsBinary => Objective.IsBinary(Config);

    public ParameterStore Parameters { get; }

    public IDevice Device => Parameters.Device;

    /// <summary>Where the outputs of frozen encoders are kept; null computes them whenever they are needed.</summary>
    public ClipCache? Cache { get; init; }

    /// <summary>
    /// The encoders that <see cref="Train"/> left frozen, by the weights they have when first asked for; null without a cache.
    /// </summary>
    public FrozenEncoders? Frozen => Cache is null ? null : _frozen ??= new FrozenEncoders(Cache, Parameters, Config);

    /// <summary>Chooses what is trained. All else is frozen, and no tape records what only frozen parameters take part in.</summary>
    public void Train(TrainingOptions options)
    {
        Parameters.Train(options.Trains);
        _frozen = null;
    }

    /// <summary>What the model makes of a clip; with the predictions before the last one, which training's loss reads, where they are asked for.</summary>
    /// <param name="auxiliary">Whether those predictions are asked for.</param>
    /// <param name="attentionScales">As for <see cref="SspInputs.AttentionScales"/>.</param>
    /// <exception cref="InvalidOperationException">The model only names classes.</exception>
    public SspOutput Forward(PreparedClip clip, bool auxiliary = false, float[]? attentionScales = null)
    {
        using var scope = new TensorScope();
        Ssp ssp = _ssp ?? throw new InvalidOperationException("a model that is taught to name classes segments nothing");
        SspOutput output = ssp.Forward(
            clip.Inputs(ssp.ClipVision, _vggish, Device) with { Auxiliary = auxiliary, AttentionScales = attentionScales }) with
        { Alignment = null };
        scope.Keep(output);
        return output;
    }

    /// <summary>Whether it tells classes of sounds or of words, and segments nothing.</summary>
    public bool TellsClasses => _ssp is null;

    /// <summary>
    /// For <see cref="TrainingObjective.AudioTagging"/> a logit for every second and class, of its sounding (T,71); for
    /// <see cref="TrainingObjective.TextTagging"/> one for every class, of its being named in the prompts (1,71).
    /// </summary>
    /// <exception cref="InvalidOperationException">The model has no layer for it.</exception>
    public Tensor Classify(PreparedClip clip)
    {
        using var scope = new TensorScope();
        if (_soundClassifier is not null)
            return scope.Keep(_soundClassifier.Forward(_vggish.Forward(clip.Sound(Device)), Activation.None));
        if (_text is null || _textClassifier is null)
            throw new InvalidOperationException("only a model that is taught sounds or words names them");
        // As the alignment's second pass attends to what the first made of frames and words, here of words alone.
        Tensor words = _text.Embed(Tensor.FromArray(clip.Ids, [1, clip.Ids.Length], Device));
        Tensor refined = _text.Encode(words, null, _text.Encode(words, null));
        return scope.Keep(_textClassifier.Forward(Ops.Mean(refined, [1])));
    }

    // What is seen has all of the data set's classes whatever the task, and no text.
    private static SspConfig ConfigOf(SspConfig config, TrainingObjective objective) => objective != TrainingObjective.SemanticPretraining
        ? config
        : config with { Task = SegmentationTask.Avs, NumLabels = Palette.ClassNames.Count, TextFusion = TextFusion.None, Vta = null };

    public void Dispose() => Parameters.Dispose();
}
