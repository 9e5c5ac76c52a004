using System.Text.Json;
using SspNative.Engine.Distributed;
using SspNative.Engine.Serialization;
using SspNative.Model.Config;
using SspNative.Model.Weights;

namespace SspNative.Model.Training;

/// <summary>
/// A training on disk, one safetensors file: all weights under their published names, so that it serves as a weight file too; the optimizer's
/// moments under <c>optimizer.m.NAME</c> and <c>optimizer.v.NAME</c>; state, options and model configuration in the metadata, with a
/// SHA-256 of it all. The file appears under its name only when it is complete, and opening it checks the hash.
/// </summary>
public sealed class Checkpoint : IDisposable
{
    private const string MeanPrefix = NetworkFile.Moments + "m.";
    private const string SquarePrefix = NetworkFile.Moments + "v.";
    private const string StateKey = ModelCard.StateKey;
    private const string DeviceKey = "device";
    private const string OptionsKey = ModelCard.OptionsKey;
    private const string ConfigKey = ModelCard.ConfigKey;

    private readonly SafetensorsFile _file;

    private Checkpoint(SafetensorsFile file)
    {
        _file = file;
        Config = Read<SspConfig>(ConfigKey);
        Options = Read<TrainingOptions>(OptionsKey);
        State = Read<TrainingState>(StateKey);
        if (!file.Metadata.ContainsKey(ContentHash.Key))
            throw new InvalidDataException($"{file.Path}: no checkpoint of a training, its metadata have no {ContentHash.Key}");
        ContentHash.Verify(file);
    }

    public string Path => _file.Path;

    public SspConfig Config { get; }

    public TrainingOptions Options { get; }

    public TrainingState State { get; }

    /// <summary>Whether it was trained on hashed words, without a vocabulary.</summary>
    public bool HashesWords => _file.Metadata.GetValueOrDefault(ModelCard.TokenizerKey) == ModelCard.Hashing;

    /// <summary>SHA-256 of tensors and metadata: equal for runs that stand at the same point.</summary>
    public string Hash => _file.Metadata[ContentHash.Key];

    /// <summary>
    /// What computed it, a processor's kernels or a GPU: another may give other bits. Empty in checkpoints that were saved before this was stored.
    /// </summary>
    public string Device => ShownText.Of(_file.Metadata.GetValueOrDefault(DeviceKey, ""), 200);

    /// <summary>The weights. Valid while the checkpoint is open.</summary>
    public IParameterSource Weights => new TensorFileSource([_file]);

    /// <summary>Whether a file is a checkpoint by its metadata; it may still be damaged.</summary>
    /// <exception cref="InvalidDataException">It is no safetensors file.</exception>
    public static bool IsCheckpoint(string path)
    {
        using SafetensorsFile file = SafetensorsFile.Open(path);
        return file.Metadata.ContainsKey(StateKey);
    }

    /// <summary>Opens and verifies a checkpoint.</summary>
    /// <exception cref="InvalidDataException">It is damaged or none.</exception>
    /// <exception cref="IOException">It cannot be read.</exception>
    public static Checkpoint Open(string path)
    {
        SafetensorsFile file = SafetensorsFile.Open(path);
        try
        {
            return new Checkpoint(file);
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }

    /// <summary>Writes where a training stands, replacing the file whole or not at all. All ranks call it, and rank 0 writes.</summary>
    /// <param name="path">The file.</param>
    /// <param name="trainer">What is saved.</param>
    /// <param name="former">Where the file that was there before goes; null: nowhere.</param>
    /// <exception cref="IOException">It cannot be written; the former file stands.</exception>
    public static void Save(string path, Trainer trainer, string? former = null)
    {
        trainer.WithMoments(moments => Write(path, trainer, moments, former));
        trainer.Ranks.Barrier();
    }

    private static void Write(
        string path, Trainer trainer, IReadOnlyCollection<(string Name, Shape Shape, Func<Tensor> M, Func<Tensor> V)> moments, string? former)
    {
        ParameterStore parameters = trainer.Model.Parameters;
        StoredTensor[] tensors =
        [
            .. parameters.Names.Select(n => StoredTensor.Of(n, parameters[n])),
            .. moments.Select(o => new StoredTensor(MeanPrefix + o.Name, o.Shape, DType.F32, o.M)),
            .. moments.Select(o => new StoredTensor(SquarePrefix + o.Name, o.Shape, DType.F32, o.V)),
        ];
        var metadata = new Dictionary<string, string>
        {
            [ConfigKey] = ConfigJson.Write(trainer.Model.Config),
            [OptionsKey] = ConfigJson.Write(trainer.Options),
            [StateKey] = ConfigJson.Write(trainer.State),
            [ModelCard.TokenizerKey] = trainer.HashesWords ? ModelCard.Hashing : "wordpiece",
            [DeviceKey] = trainer.Model.Device.Identity,
        };
        metadata[ContentHash.Key] = ContentHash.Compute(metadata, tensors);
        SafetensorsWriter.Write(path, tensors, metadata, former: former);
    }

    /// <summary>The optimizer's moments by parameter; they become the caller's.</summary>
    public IEnumerable<(string Name, Tensor M, Tensor V)> ReadMoments(IDevice device) => _file.Entries
        .Where(e => e.Name.StartsWith(MeanPrefix, StringComparison.Ordinal))
        .Select(e => e.Name[MeanPrefix.Length..])
        .Select(n => (n, _file.Read(MeanPrefix + n, device), _file.Read(SquarePrefix + n, device)));

    public void Dispose() => _file.Dispose();

    private T Read<T>(string key)
    {
        if (!_file.Metadata.TryGetValue(key, out string? json))
            throw new InvalidDataException($"{Path}: no checkpoint of a training, its metadata have no {key}");
        try
        {
            using JsonDocument document = JsonDocument.Parse(json);
            return ConfigJson.Read<T>(document.RootElement);
        }
        catch (Exception e) when (e is JsonException or InvalidDataException)
        {
            throw new InvalidDataException($"{Path}: the metadata {key} cannot be read: {e.Message}", e);
        }
    }
}
