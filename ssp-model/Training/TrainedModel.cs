using SspNative.Engine.Serialization;
using SspNative.Model.Config;
using SspNative.Model.Data;
using SspNative.Model.Weights;

namespace SspNative.Model.Training;

/// <summary>
/// A model that training made, with all that scoring it needs: a checkpoint, whose hash is checked, or a file that <c>ssp export</c> wrote,
/// float16 or float32.
/// </summary>
public sealed class TrainedModel : IDisposable
{
    private readonly IDisposable _file;

    private TrainedModel(string path, IDisposable file, IParameterSource weights, SspConfig config, TrainingOptions options)
    {
        (Path, _file) = (path, file);
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
            return new TrainedModel(path, checkpoint, checkpoint.Weights, checkpoint.Config, checkpoint.Options);
        }
        ModelCard card = ModelCard.Read(path)
            ?? throw new InputException($"{path}: neither a checkpoint of a training nor a model that 'ssp export' wrote: it does not say its sizes");
        SafetensorsFile file = SafetensorsFile.Open(path);
        return new TrainedModel(path, file, new SafetensorsSource([file]), card.Config, card.Options ?? new TrainingOptions());
    }

    public void Dispose() => _file.Dispose();
}
