using SspNative.Engine.Serialization;
using SspNative.Model.Config;
using SspNative.Model.Preprocessing;
using SspNative.Model.Weights;

namespace SspNative.Model.Training;

/// <summary>
/// A model with all that scoring it needs: a checkpoint of a training, whose hash is checked, a file that <c>ssp export</c> wrote, float16 or float32,
/// or published files, which are run as <c>ssp segment</c> runs them.
/// </summary>
public sealed class TrainedModel : IDisposable
{
    private readonly IDisposable _file;

    private TrainedModel(string path, IDisposable file, IParameterSource weights, SspConfig config, TrainingOptions options, bool hashesWords)
    {
        (Path, _file, HashesWords) = (path, file, hashesWords);
        (Weights, Config, Options) = (weights, config, options);
    }

    public string Path { get; }

    public SspConfig Config { get; }

    /// <summary>How it was trained. For a file whose card does not say: the defaults, with the masks that <c>ssp segment</c> takes too.</summary>
    public TrainingOptions Options { get; }

    /// <summary>The weights. Valid while this is open.</summary>
    public IParameterSource Weights { get; }

    /// <summary>Whether it was trained on hashed words, without a vocabulary.</summary>
    public bool HashesWords { get; }

    /// <summary>The vocabulary beside published files; null where there is none.</summary>
    public string? Vocabulary { get; private init; }

    /// <summary>Whether it reads text, and no vocabulary is known that makes it token ids.</summary>
    public bool NeedsVocabulary => ReadsText && !HashesWords && Vocabulary is null;

    /// <summary>Whether published files have the models of both tasks.</summary>
    public bool HasBothTasks { get; private init; }

    /// <summary>What of published files was not used, a line each.</summary>
    public IReadOnlyList<string> Notes { get; private init; } = [];

    private bool ReadsText => Config.TextFusion != TextFusion.None || Options.Objective == TrainingObjective.TextTagging;

    /// <summary>Opens a file, or a folder of published ones.</summary>
    /// <param name="path">The file or folder.</param>
    /// <param name="task">The task whose model is taken where a folder has both; null for the binary one.</param>
    /// <exception cref="InputException">There is no such file, or no segmenter is in it.</exception>
    /// <exception cref="InvalidDataException">It is damaged.</exception>
    public static TrainedModel Open(string path, SegmentationTask? task = null)
    {
        if (!File.Exists(path) && !Directory.Exists(path))
            throw new InputException($"{path}: there is no such checkpoint or exported model");
        return Directory.Exists(path) || !SaysItsSizes(path) ? OpenPublished(path, task) : OpenOwn(path);
    }

    private static TrainedModel OpenOwn(string path)
    {
        if (Checkpoint.IsCheckpoint(path))
        {
            Checkpoint checkpoint = Checkpoint.Open(path);
            return new TrainedModel(path, checkpoint, checkpoint.Weights, checkpoint.Config, checkpoint.Options, checkpoint.HashesWords);
        }
        ModelCard card = ModelCard.Read(path)!;
        SafetensorsFile file = SafetensorsFile.Open(path);
        try
        {
            ContentHash.Verify(file);
        }
        catch
        {
            file.Dispose();
            throw;
        }
        return new TrainedModel(path, file, new TensorFileSource([file]), card.Config, OptionsOf(file, card), card.HashesWords);
    }

    private static TrainedModel OpenPublished(string path, SegmentationTask? task)
    {
        var weights = new WeightFiles([path], task);
        try
        {
            if (weights.Card is not null && weights.Find(ModelPart.Segmenter)?.Network.Files[0].Path is { } own && SaysItsSizes(own))
            {
                weights.Dispose();
                return OpenOwn(own);
            }
            SspConfig config = weights.Sizes ?? throw new InputException(
                $"{path}: neither a checkpoint of a training nor an exported model, and no segmenter of AAVS or SSP: {ShortList.Of([.. weights.Notes], "; ")}");
            return new TrainedModel(path, weights, weights, config, Of(ModelCard.MaskOptions.Usual(null, config.Task)), hashesWords: false)
            {
                Vocabulary = weights.Vocabulary,
                HasBothTasks = weights.HasBothTasks,
                Notes = weights.Notes,
            };
        }
        catch
        {
            weights.Dispose();
            throw;
        }
    }

    private static bool SaysItsSizes(string path)
    {
        using TensorFile file = TensorFile.Open(path);
        return file.Metadata.ContainsKey(ModelCard.ConfigKey) || file.Metadata.ContainsKey(ModelCard.StateKey);
    }

    private static TrainingOptions OptionsOf(SafetensorsFile file, ModelCard card) => file.Metadata.TryGetValue(ModelCard.OptionsKey, out string? text)
        ? ModelCard.Parse<TrainingOptions>(file.Path, ModelCard.OptionsKey, text)
        : Of(ModelCard.MaskOptions.Usual(card, card.Config.Task));

    private static TrainingOptions Of(ModelCard.MaskOptions masks) =>
        new() { PreMask = masks.PreMask, Tau = masks.Tau, InferenceMask = masks.InferenceMask, Motion = masks.Motion };

    /// <summary>The tokenizer that it was trained with, for the size of its own text encoder.</summary>
    /// <param name="vocabulary">
    /// A <c>vocab.txt</c>; null: that beside published files. A model that was trained on hashed words, or reads no text, has no use for it.
    /// </param>
    /// <exception cref="InputException">The model needs a vocabulary and none is given, or the file does not serve.</exception>
    public PromptTokenizer Tokenizer(string? vocabulary)
    {
        if (HashesWords)
            return PromptTokenizer.Hashing(Config.Text.VocabSize);
        if ((vocabulary ?? Vocabulary) is { } file)
            return PromptTokenizer.FromVocabulary(file, Config.Text.VocabSize);
        return !ReadsText
            ? PromptTokenizer.Hashing(Config.Text.VocabSize)
            : throw new InputException($"{Path}: it was trained with a vocabulary, which it needs: give that file too");
    }

    public void Dispose() => _file.Dispose();
}
