using System.IO.Compression;
using SspNative.Engine.Serialization;
using SspNative.Engine.Serialization.Pickles;
using SspNative.Tests.Support;
using Xunit;

namespace SspNative.Tests.Serialization;

/// <summary>What is around a pickle in PyTorch's files, and where its tensors lie. A character of a pickle is a byte.</summary>
public sealed class PickleFileTests : IDisposable
{
    private const string Magic = "\x80\x02\x8A\x0A\x6C\xFC\x9C\x46\xF9\x20\x6A\xA8\x50\x19.", Protocol = "\x80\x02M\xE9\x03.";
    private const string Platform = "\x80\x02}(X\x01\x00\x00\x00xK\x01X\x0D\x00\x00\x00little_endian\x88u.";
    private const string Key = "X\x01\x00\x00\x00k", Storage = $"(X\x07\x00\x00\x00storagectorch\nFloatStorage\n{Key}X\x03\x00\x00\u0000cpuK\x02tQ";
    private const string Tensor = $"ctorch._utils\n_rebuild_tensor_v2\n({Storage}K\x00K\x02\x85K\x01\x85\x89}}tR";
    private const string State = $"\x80\x02}}X\x01\x00\x00\x00w{Tensor}s.", Keys = $"\x80\x02]{Key}\u0061.";
    private const string Data = "\x02\x00\x00\x00\x00\x00\x00\x00\x00\x00\x80\x3F\x00\x00\x00\x40";

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void TheOldFormIsPicklesAndThenStorages()
    {
        using TensorFile file = Open(Magic + Protocol + Platform + State + Keys + Data);
        Assert.Equal("PyTorch legacy", file.Format);
        Assert.Equal([1f, 2f], file.ReadFloats("w"));
    }

    [Fact]
    public void WhatIsWrongWithTheOldFormIsSaidWithItsPlace()
    {
        int system = Magic.Length + Protocol.Length, keys = system + Platform.Length + State.Length, data = keys + Keys.Length;
        const string big = "says that the file was written by a big-endian machine";
        Assert.Equal($"byte {Magic.Length} has another protocol than PyTorch's 1001", Refused(Magic + "\x80\x02K\x01." + Platform + State + Keys + Data));
        Assert.Equal($"byte {system} {big}", Refused(Magic + Protocol + Platform.Replace('\x88', '\x89') + State + Keys + Data));
        Assert.Equal($"byte {system} {big}", Refused(Magic + Protocol + "\x80\x02K\x01." + State + Keys + Data));
        Assert.Equal($"byte {keys} has no list of storages", Refused(Magic + Protocol + Platform + State + "\x80\x02K\x01." + Data));
        Assert.Equal($"byte {data} begins a storage that the pickle before it does not know", Refused(
            Magic + Protocol + Platform + State + "\x80\x02]X\x01\x00\x00\x00qa." + Data));
        Assert.Equal($"byte {keys}: the storage k is missing", Refused(Magic + Protocol + Platform + State + "\x80\x02]." + Data));
        Assert.Equal(
            $"byte {data} should begin the storage k, but the file ends at byte {data + 7}", Refused(Magic + Protocol + Platform + State + Keys + Data[..7]));
        string cut = $"byte {data + 8} begins a storage of";
        Assert.Equal($"{cut} 2 elements of 4 bytes, but the file ends at byte {data + 15}", Refused(Magic + Protocol + Platform + State + Keys + Data[..^1]));
        Assert.Equal($"{cut} -1 elements of 4 bytes, but the file ends at byte {data + 16}", Refused(
            Magic + Protocol + Platform + State + Keys + new string('\xFF', 8) + Data[8..]));
    }

    [Fact]
    public void APickleAloneLacksItsStorages() => Assert.Equal(
        "the storage k is missing: a part of a PyTorch file, without the rest", Refused(State));

    // What trainers wrap a state dict in; what is in none of them is one itself.
    [Theory]
    [InlineData("state_dict")]
    [InlineData("model_state_dict")]
    [InlineData("model")]
    [InlineData("module")]
    [InlineData("params")]
    [InlineData("net")]
    [InlineData("network")]
    [InlineData("weights")]
    public void AStateDictIsFoundInWhatTrainersWriteAround(string wrapper)
    {
        var tensor = new PickleArray();
        PickleDictionary inner = Dictionary(("w", tensor)), outer = Dictionary(("other", new PickleArray()), (wrapper, inner));
        Assert.Equal(["w"], StateDict.Find(outer, "x").Keys);
        Assert.Equal(["w"], StateDict.Find(Dictionary((wrapper, outer)), "x").Keys);
        Assert.Equal(["other"], StateDict.Find(Dictionary(("other", tensor), ("else", inner)), "x").Keys);
        Assert.Equal(
            "x: holds a dictionary without tensors; save the state_dict of a model",
            Assert.Throws<InvalidDataException>(() => StateDict.Find(
                Dictionary((wrapper, Dictionary((wrapper, Dictionary((wrapper, Dictionary((wrapper, inner)))))))), "x")).Message);
    }

    [Fact]
    public void AnEmptyDictionaryHasNoTensors()
    {
        Assert.Empty(StateDict.Find(Dictionary(), "x"));
        Assert.Equal(
            "x: holds no dictionary of tensors; save the state_dict of a model",
            Assert.Throws<InvalidDataException>(() => StateDict.Find(new List<object?>(), "x")).Message);
    }

    // Views of files before 2018 count from the first element of a part.
    [Fact]
    public void ATensorLiesInItsPartOfAStorage()
    {
        Write("");
        using var bytes = new FileBytes(_folder["file"]);
        var places = new TensorPlaces(bytes, _ => new StoragePlace(100, 40));
        var storage = new PickleStorage("k", "F32", 10, 3, 5);
        TensorEntry entry = Entry(places, new PickleTensor(storage, "F32", 1, [4], [1]));
        Assert.Equal((100L + 4 * (3 + 1), 16L, "F32"), (entry.Offset, entry.ByteLength, entry.StoredType));
        Assert.Equal("byte 112: tensor w reads up to element 5 of a storage of 5", Refused(places, new PickleTensor(storage, "F32", 1, [5], [1])));
        Assert.Equal(
            "byte 100: tensor w claims a storage of 9 elements of 4 bytes, but the file has 40 bytes of it",
            Refused(places, new PickleTensor(storage with { Count = 9 }, "F32", 0, [1], [1])));
        // Bytes without a type, seen as numbers of four.
        entry = Entry(places, new PickleTensor(new PickleStorage("k", null, 40, 0, 40), "F32", 2, [2, 4], [4, 1]));
        Assert.Equal((108L, 32L), (entry.Offset, entry.ByteLength));
        Assert.Null(entry.Strides);
        entry = Entry(places, new PickleTensor(storage with { First = 0, Part = 10 }, "F32", 0, [2, 3], [1, 2]));
        Assert.Equal((100L, 24L), (entry.Offset, entry.ByteLength));
        Assert.Equal([1L, 2], entry.Strides!);
    }

    [Fact]
    public void AnArrayHasItsBytes()
    {
        Write("");
        using var bytes = new FileBytes(_folder["file"]);
        var places = new TensorPlaces(bytes, _ => default);
        TensorEntry entry = Entry(places, Array([2, 3], 24));
        Assert.Equal((50L, 24L), (entry.Offset, entry.ByteLength));
        Assert.Null(entry.Strides);
        Assert.Equal([1L, 2], Entry(places, Array([2, 3], 24, isColumnMajor: true)).Strides!);
        Assert.Equal(0, Entry(places, Array([0, 3], 0)).ByteLength);
        Assert.Equal("byte 50: tensor w is an array of 6 elements of 4 bytes, but has 20 bytes", Refused(places, Array([2, 3], 20)));
        Assert.Equal("byte 50: tensor w is an array of a shape that is too large", Refused(places, Array([1L << 40, 1L << 40], 0)));
        Assert.Equal("byte 0: tensor w is an array without contents", Refused(places, new PickleArray { Dims = [1], Type = "F32" }));
        Assert.Equal(
            "byte 0: tensor w is an array without contents", Refused(places, new PickleArray { Dims = [1], Bytes = new PickleBytes(0, 4) }));

        static PickleArray Array(long[] dims, long length, bool isColumnMajor = false) =>
            new() { Dims = dims, Type = "F32", IsColumnMajor = isColumnMajor, Bytes = new PickleBytes(50, length) };
    }

    // Repeated elements make tensors of at most eight times the file and 64 MiB.
    [Theory]
    [InlineData(16 << 20, false)]
    [InlineData((16 << 20) + 1, true)]
    public void TensorsAreLimitedByTheFile(int elements, bool refused)
    {
        Write("");
        using var bytes = new FileBytes(_folder["file"]);
        var places = new TensorPlaces(bytes, _ => new StoragePlace(0, 4));
        var tensor = new PickleTensor(new PickleStorage("k", "F32", 1, 0, 1), "F32", 0, [elements], [0]);
        if (refused)
            Assert.Equal("byte 0: tensor w makes the tensors more than eight times as large as the file", Refused(places, tensor));
        else
            Assert.Equal(elements, Entry(places, tensor).Shape.Count);
        // All together.
        Assert.Equal(!refused, Record.Exception(() => Entry(places, tensor with { Dims = [1] })) is InvalidDataException);
    }

    // What is no content of an array is counted to the byte.
    [Theory]
    [InlineData((64 << 20) - 6, false)]
    [InlineData((64 << 20) - 5, true)]
    public void APickleHasAMostOfBytes(int length, bool refused)
    {
        byte[] pickle = new byte[length + 6];
        pickle[0] = (byte)'X';
        BitConverter.TryWriteBytes(pickle.AsSpan(1), length);
        pickle[^1] = (byte)'.';
        Write("");
        using var file = new FileBytes(_folder["file"]);
        if (refused)
            Assert.Equal(
                $"{file.Path}: byte {pickle.Length - 1} of the unpacked pickle is in a pickle of more than 64 MiB",
                Assert.Throws<InvalidDataException>(() => PickleMachine.Read(new PickleStream(file, pickle))).Message);
        else
            Assert.Equal(length, Assert.IsType<string>(PickleMachine.Read(new PickleStream(file, pickle))).Length);
    }

    [Fact]
    public void AnArchiveHasOnePickleOfThisByteOrder()
    {
        Assert.Equal("a zip archive with no data.pkl; PyTorch's files have one", RefusedZip(("a/other.pkl", State, true)));
        Assert.Equal("a zip archive with no data.pkl; PyTorch's files have one", RefusedZip(("a/b/data.pkl", State, true)));
        Assert.Equal("a zip archive with several data.pkl; PyTorch's files have one", RefusedZip(("a/data.pkl", State, true), ("b/data.pkl", State, true)));
        Assert.StartsWith("a TorchScript program and not only weights", RefusedZip(("a/data.pkl", State, true), ("a/constants.pkl", "", true)));
        Assert.StartsWith("a TorchScript program and not only weights", RefusedZip(("a/data.pkl", State, true), ("a/code/x.py", "", true)));
        Assert.Matches(
            "^byte \\d+ says that the file was written by a big-endian machine$", RefusedZip(("a/data.pkl", State, true), ("a/byteorder", "big", true)));
        Assert.Equal("the storage a/data/k is missing from the archive", RefusedZip(("a/data.pkl", State, true), ("a/byteorder", "little", true)));
        Assert.Matches(
            "^byte \\d+: the storage a/data/k is compressed, as PyTorch never does$", RefusedZip(("a/data.pkl", State, true), ("a/data/k", Data[8..], false)));
        Assert.Equal("byte 2 of the unpacked pickle takes a value, but there is none", RefusedZip(("a/data.pkl", "\x80\x02q\x01.", false)));
        foreach (bool isPlain in (bool[])[true, false])
        {
            WriteZip(("a/data.pkl", State, isPlain), ("a/data/k", Data[8..], true));
            using TensorFile file = TensorFile.Open(_folder["file"]);
            Assert.Equal([1f, 2f], file.ReadFloats("w"));
        }
    }

    private static PickleDictionary Dictionary(params (string Key, object Value)[] entries)
    {
        var dictionary = new PickleDictionary();
        foreach ((string key, object value) in entries)
            dictionary.Entries.Add((key, value));
        return dictionary;
    }

    private static TensorEntry Entry(TensorPlaces places, object tensor) =>
        Assert.Single(places.Entries(new Dictionary<string, object> { ["w"] = tensor }));

    private static string Refused(TensorPlaces places, object tensor) => Shown(Assert.Throws<InvalidDataException>(() => Entry(places, tensor)));

    private void Write(string bytes) => File.WriteAllBytes(_folder["file"], [.. bytes.Select(c => (byte)c)]);

    private TensorFile Open(string bytes)
    {
        Write(bytes);
        return TensorFile.Open(_folder["file"]);
    }

    private string Refused(string bytes) => Shown(Assert.Throws<InvalidDataException>(() => Open(bytes)));

    private void WriteZip(params (string Name, string Content, bool IsPlain)[] entries)
    {
        using FileStream stream = File.Create(_folder["file"]);
        using var archive = new ZipArchive(stream, ZipArchiveMode.Create);
        foreach ((string name, string content, bool isPlain) in entries)
            using (Stream entry = archive.CreateEntry(name, isPlain ? CompressionLevel.NoCompression : CompressionLevel.Optimal).Open())
                entry.Write([.. content.Select(c => (byte)c)]);
    }

    private string RefusedZip(params (string Name, string Content, bool IsPlain)[] entries)
    {
        WriteZip(entries);
        return Shown(Assert.Throws<InvalidDataException>(() => TensorFile.Open(_folder["file"])));
    }

    // Without the path.
    private static string Shown(InvalidDataException error) => error.Message[(error.Message.IndexOf("/file: ", StringComparison.Ordinal) + "/file: ".Length)..];
}
