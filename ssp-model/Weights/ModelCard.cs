using System.Text.Json;
using System.Text.Json.Serialization;
using SspNative.Engine.Serialization;
using SspNative.Model.Config;
using SspNative.Model.MaskFusion;

namespace SspNative.Model.Weights;

/// <summary>What a weight file that this project wrote says of itself in its metadata: checkpoints of a training and exported models.</summary>
/// <param name="Config">Sizes of the model.</param>
/// <param name="HashesWords">Whether it was trained on hashed words, without a vocabulary.</param>
/// <param name="Note">What the model is good for, and how it was made; null where nobody said.</param>
/// <param name="Inference">What masks it is to be given; null where the file does not say.</param>
/// <param name="UsesPerceiver">Whether its flow is Perceiver's; null where the file does not say.</param>
public sealed record ModelCard(SspConfig Config, bool HashesWords, string? Note, InferenceSettings? Inference = null, bool? UsesPerceiver = null)
{
    internal const string FlowKey = "flow";
    internal const string Perceiver = "perceiver";
    internal const string ConfigKey = "config";
    internal const string TokenizerKey = "tokenizer";
    internal const string NoteKey = "note";
    internal const string OptionsKey = "training_options";
    internal const string StateKey = "training_state";
    internal const string Hashing = "hashing";

    /// <summary>Reads the card of a file; null where it has none, as files from elsewhere.</summary>
    /// <exception cref="InvalidDataException">The file is no weight file, or its card cannot be read.</exception>
    public static ModelCard? Read(string path)
    {
        using TensorFile file = TensorFile.Open(path);
        return Read(file);
    }

    /// <summary>The card of the files of one model; null where none has one.</summary>
    /// <exception cref="InputException">Two files say different sizes.</exception>
    /// <exception cref="InvalidDataException">A card cannot be read.</exception>
    public static ModelCard? Read(IReadOnlyList<TensorFile> files)
    {
        ModelCard? found = null;
        string? source = null;
        foreach (TensorFile file in files)
        {
            if (Read(file) is not { } card)
                continue;
            if (found is not null && ConfigJson.Write(found.Config) != ConfigJson.Write(card.Config))
                throw new InputException($"{source} and {file.Path} are models of different configurations; give one of them");
            (found, source) = (card, file.Path);
        }
        return found;
    }

    /// <summary>What the first of some files that has a card says of the model; null where none has one.</summary>
    internal static Dictionary<string, string>? MetadataOf(IEnumerable<TensorFile> files) => files.FirstOrDefault(f => f.Metadata.ContainsKey(ConfigKey))
        ?.Metadata.Where(m => m.Key is ConfigKey or TokenizerKey or OptionsKey or NoteKey).ToDictionary(m => m.Key, m => m.Value);

    /// <summary>
    /// Writes the weights of a file that has a card, without anything that only training needs, as float16 or float32. Configuration,
    /// tokenizer, training options and the kind of flow go with them.
    /// </summary>
    /// <param name="source">A checkpoint.</param>
    /// <param name="target">The file to write, whole or not at all.</param>
    /// <param name="half">Whether to round to float16.</param>
    /// <param name="note">What the model is good for.</param>
    /// <param name="device">Where tensors pass through.</param>
    /// <returns>Parameters written.</returns>
    /// <exception cref="InvalidDataException">The source is no safetensors file, has no card, or is damaged.</exception>
    public static long Export(string source, string target, bool half, string? note, IDevice device)
    {
        using var scope = new TensorScope();
        using SafetensorsFile file = SafetensorsFile.Open(source);
        if (!file.Metadata.ContainsKey(ConfigKey))
            throw new InvalidDataException($"{source}: no checkpoint of a training, its metadata have no {ConfigKey}");
        ContentHash.Verify(file);
        var tensors = file.Entries
            .Where(e => !e.Name.StartsWith(NetworkFile.Moments, StringComparison.Ordinal))
            .ToDictionary(e => e.Name, e => file.Read(e.Name, device));
        var metadata = file.Metadata
            .Where(m => m.Key is ConfigKey or TokenizerKey or OptionsKey or FlowKey)
            .ToDictionary(m => m.Key, m => m.Value);
        if (note is not null)
            metadata[NoteKey] = note;
        metadata[ContentHash.Key] = ContentHash.Compute(metadata, tensors, half);
        SafetensorsWriter.Write(target, tensors, metadata, half ? DType.F16 : DType.F32);
        return tensors.Values.Sum(t => t.Count);
    }

    internal static T Parse<T>(string path, string key, string text)
    {
        try
        {
            return ConfigJson.Parse<T>(text);
        }
        catch (InvalidDataException e)
        {
            throw new InvalidDataException($"{path}: the metadata {key} cannot be used: {e.Message}", e);
        }
    }

    private static ModelCard? Read(TensorFile file) => !file.Metadata.TryGetValue(ConfigKey, out string? config)
        ? null
        : new ModelCard(
            Parse<SspConfig>(file.Path, ConfigKey, config),
            file.Metadata.GetValueOrDefault(TokenizerKey) == Hashing,
            file.Metadata.GetValueOrDefault(NoteKey),
            file.Metadata.TryGetValue(OptionsKey, out string? options) ? ReadMasks(file.Path, options) : null,
            file.Metadata.TryGetValue(FlowKey, out string? flow) ? flow == Perceiver : null);

    private static InferenceSettings ReadMasks(string path, string text)
    {
        try
        {
            using JsonDocument json = ConfigJson.ParseDocument(text);
            return ConfigJson.ReadPart<MaskOptions>(json.RootElement).Settings;
        }
        catch (InvalidDataException e)
        {
            throw new InvalidDataException($"{path}: the metadata {OptionsKey} cannot be used: {e.Message}", e);
        }
    }

    // What training options say of masks. Those of the training itself are not the reader's concern.
    internal sealed record MaskOptions
    {
        public bool PreMask { get; init; } = true;

        public Tau Tau { get; init; } = InferenceSettings.Default.Tau;

        public InferenceMaskMode InferenceMask { get; init; } = InferenceSettings.Default.Mask;

        public MotionMeasure Motion { get; init; } = InferenceSettings.Default.Motion;

        /// <summary>
        /// What files are run with that do not say how they were trained: published ones, and earlier exports, which were trained by equation (1).
        /// </summary>
        /// <param name="card">The card of a file that this project wrote; null for published files.</param>
        /// <param name="task">What the model finds.</param>
        public static MaskOptions Usual(ModelCard? card, SegmentationTask task) => new()
        {
            InferenceMask = UsualMask(task),
            Motion = card is null ? MotionMeasure.Camera : MotionMeasure.Clip,
        };

        /// <summary>The mask of such files: the semantic stage has the binary one's to multiply frames with.</summary>
        public static InferenceMaskMode UsualMask(SegmentationTask task) =>
            task == SegmentationTask.Avs ? InferenceMaskMode.Soft : InferenceMaskMode.Stage1;

        [JsonIgnore]
        public InferenceSettings Settings => InferenceSettings.From(PreMask, Tau, InferenceMask, Motion);
    }
}
