using SspNative.Engine.Serialization;
using SspNative.Model.Config;
using SspNative.Model.Preprocessing;
using SspNative.Model.Weights;

namespace SspNative.Model.Training;

/// <summary>
/// A model that training made, with all that scoring it needs: a checkpoint, whose hash is checked, or a file that <c>ssp export</c> wrote,
/// float16 or float32.
/// </summary>
public sealed class TrainedModel : IDisposable
{
    private readonly IDisposable _file;

    private readonly bool _hashesWords;

    private TrainedModel(string path, IDisposable file, IParameterSource weights, SspConfig config, TrainingOptions options, bool hashesWords)
    {
        (Path, _file, _hashesWords) = (path, file, hashesWords);
        (Weights, Config, Options) = (weights, config, options);
    }

    public string Path { get; }

    public SspConfig Config { get; }

    /// <summary>How it was trained; the defaults for a file whose card does not say, which are also those of <c>ssp segment</c>.</summary>
    public TrainingOptions Options { get; }

    /// <summary>The weights. Valid while this is open.</summary>
    public IParameterSource Weights { get; }

    /// <exception cref="InputException">There is no such file, or it has weights alone.</exception>
    /// <exception cref="InvalidDataException">It is damaged.</exception>
    public static TrainedModel Open(string path)
    {
        if (!File.Exists(path))
            throw new InputException($"{path}: there is no such checkpoint or exported model");
        if (Checkpoint.IsCheckpoint(path))
        {
            Checkpoint checkpoint = Checkpoint.Open(path);
            return new TrainedModel(path, checkpoint, checkpoint.Weights, checkpoint.Config, checkpoint.Options, checkpoint.HashesWords);
        }
        ModelCard card = ModelCard.Read(path)
            ?? throw new InputException($"{path}: neither a checkpoint of a training nor a model that 'ssp export' wrote: it does not say its sizes");
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
        return new TrainedModel(path, file, new TensorFileSource([file]), card.Config, OptionsOf(file), card.HashesWords);
    }

    // Earlier exports do not say how they were trained.
    private static TrainingOptions OptionsOf(SafetensorsFile file) => file.Metadata.TryGetValue(ModelCard.OptionsKey, out string? text)
        ? ModelCard.Parse<TrainingOptions>(file.Path, ModelCard.OptionsKey, text)
        : new TrainingOptions();

    /// <summary>The tokenizer that it was trained with, for the size of its own text encoder.</summary>
    /// <param name="vocabulary">A <c>vocab.txt</c>; a model that was trained on hashed words has no use for it.</param>
    /// <exception cref="InputException">The model needs a vocabulary and none is given, or the file does not serve.</exception>
    public PromptTokenizer Tokenizer(string? vocabulary)
    {
        if (_hashesWords)
            return PromptTokenizer.Hashing(Config.Text.VocabSize);
        return vocabulary is not null
            ? PromptTokenizer.FromVocabulary(vocabulary, Config.Text.VocabSize)
            : throw new InputException($"{Path}: trained with a vocabulary; give the same with --vocab");
    }

    public void Dispose() => _file.Dispose();
}
