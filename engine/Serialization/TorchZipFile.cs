using SspNative.Engine.Serialization.Pickles;

namespace SspNative.Engine.Serialization;

/// <summary>What torch.save writes since PyTorch 1.6: a zip archive of a pickle and, uncompressed, a file for each storage.</summary>
internal sealed class TorchZipFile : TensorFile
{
    private const string Pickle = "/data.pkl";

    private TorchZipFile(FileBytes file, List<TensorEntry> entries)
        : base(file, entries)
    {
    }

    public override string Format => "PyTorch zip";

    internal static TorchZipFile Open(FileBytes file)
    {
        var archive = new ZipDirectory(file);
        string[] pickles = [.. archive.Entries.Keys.Where(n => n.EndsWith(Pickle, StringComparison.Ordinal) && n.IndexOf('/') == n.Length - Pickle.Length)];
        if (pickles.Length != 1)
            throw new InvalidDataException($"{file.Path}: a zip archive with {(pickles.Length == 0 ? "no" : "several")} data.pkl; PyTorch's files have one");
        string root = pickles[0][..^Pickle.Length];
        if (archive.Entries.ContainsKey($"{root}/constants.pkl") || archive.Entries.Keys.Any(n => n.StartsWith($"{root}/code/", StringComparison.Ordinal)))
            throw new InvalidDataException(
                $"{file.Path}: a TorchScript program and not only weights, as OpenAI's own CLIP files are; "
                + "take the model's file from the model hub, or save its state_dict");
        if (archive.Entries.TryGetValue($"{root}/byteorder", out ZipEntry? order) && !archive.Read(order, 16).AsSpan().SequenceEqual("little"u8))
            throw new InvalidDataException($"{file.Path}: byte {order.Offset} says that the file was written by a big-endian machine");
        ZipEntry pickle = archive.Entries[pickles[0]];
        if (pickle.IsPlain)
            archive.Check(pickle);
        PickleStream stream = pickle.IsPlain
            ? new PickleStream(file, pickle.Offset, pickle.Offset + pickle.Length)
            : new PickleStream(file, archive.Read(pickle, PickleStream.MaximumLength));
        var checks = new Dictionary<string, StorageCheck>();
        var places = new TensorPlaces(file, storage => Place(file, archive, $"{root}/data/{storage.Key}", checks));
        return new TorchZipFile(file, places.Entries(StateDict.Find(PickleMachine.Read(stream), file.Path)));
    }

    private static StoragePlace Place(FileBytes file, ZipDirectory archive, string name, Dictionary<string, StorageCheck> checks)
    {
        if (!archive.Entries.TryGetValue(name, out ZipEntry? entry))
            throw new InvalidDataException($"{file.Path}: the storage {ShownText.Of(name, 80)} is missing from the archive");
        if (entry.IsPlain && !checks.ContainsKey(name))
            checks.Add(name, new StorageCheck(() => archive.Check(entry)));
        return entry.IsPlain
            ? new StoragePlace(entry.Offset, entry.Length, checks[name])
            : throw new InvalidDataException($"{file.Path}: byte {entry.Offset}: the storage {ShownText.Of(name, 80)} is compressed, as PyTorch never does");
    }
}
