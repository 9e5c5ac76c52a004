using SspNative.Engine.Serialization;
using SspNative.Engine.Serialization.Pickles;
using SspNative.Tests.Support;
using Xunit;

namespace SspNative.Tests.Serialization;

/// <summary>What a pickle may name, and what each name makes of its arguments.</summary>
public sealed class PickleNamesTests : IDisposable
{
    private static readonly PickleTuple _none = new([]);
    private static readonly PickleStorage _storage = new("0", "F32", 12, 0, 12);

    private readonly TemporaryFolder _folder = new();
    private readonly FileBytes _file;
    private readonly PickleNames _names;

    public PickleNamesTests()
    {
        File.WriteAllText(_folder["pickle"], "");
        _file = new FileBytes(_folder["pickle"]);
        _names = new PickleNames(new PickleStream(_file, 0, 0));
    }

    public static TheoryData<string, string> Storages => new()
    {
        { "DoubleStorage", "F64" }, { "FloatStorage", "F32" }, { "HalfStorage", "F16" }, { "BFloat16Storage", "BF16" }, { "LongStorage", "I64" },
        { "IntStorage", "I32" }, { "ShortStorage", "I16" }, { "CharStorage", "I8" }, { "ByteStorage", "U8" }, { "BoolStorage", "BOOL" },
    };

    public static TheoryData<string, string> Types => new()
    {
        { "float64", "F64" }, { "float32", "F32" }, { "float16", "F16" }, { "bfloat16", "BF16" }, { "float8_e4m3fn", "F8_E4M3" }, { "float8_e5m2", "F8_E5M2" },
        { "int64", "I64" }, { "int32", "I32" }, { "int16", "I16" }, { "int8", "I8" }, { "uint32", "U32" }, { "uint16", "U16" }, { "uint8", "U8" },
        { "bool", "BOOL" },
    };

    public void Dispose()
    {
        _file.Dispose();
        _folder.Dispose();
    }

    [Theory]
    [InlineData("collections", "OrderedDict Counter defaultdict")]
    [InlineData("builtins", "dict list int float set")]
    [InlineData("__builtin__", "dict list int float set")]
    [InlineData("torch._utils", "_rebuild_tensor _rebuild_tensor_v2 _rebuild_tensor_v3 _rebuild_parameter _rebuild_parameter_with_state")]
    [InlineData("torch", "Size device UntypedStorage")]
    [InlineData("torch.storage", "UntypedStorage")]
    [InlineData("numpy.core.multiarray", "_reconstruct scalar")]
    [InlineData("numpy._core.multiarray", "_reconstruct scalar")]
    [InlineData("numpy.core.numeric", "_frombuffer")]
    [InlineData("numpy._core.numeric", "_frombuffer")]
    [InlineData("numpy", "ndarray dtype")]
    [InlineData("_codecs", "encode")]
    [InlineData("argparse", "Namespace")]
    [InlineData("pathlib", "PosixPath WindowsPath")]
    [InlineData("pathlib._local", "PosixPath WindowsPath")]
    public void WhatWeightFilesNameIsKnown(string module, string names) =>
        Assert.All(names.Split(' '), name => Assert.Equal(new PickleGlobal(module, name), _names.Find(module, name, 0)));

    [Theory]
    [InlineData("builtins", "eval")]
    [InlineData("torch.cuda", "Size")]
    [InlineData("torch", "Float32")]
    [InlineData("", "")]
    public void WhatTheyDoNotNameIsRefused(string module, string name) =>
        Assert.Equal(
            $"byte 7 names {module}.{name}, which is not on the list of what a weight file may hold; it was not run",
            Refused(() => _names.Find(module, name, 7)));

    [Theory]
    [MemberData(nameof(Storages))]
    public void AStorageHasTheTypeOfItsName(string name, string type)
    {
        foreach (string module in (string[])["torch", "torch.cuda"])
            Assert.Equal(new PickleStorage("k", type, 5, 0, 5), _names.Storage(Id(_names.Find(module, name, 0), 5L), 0));
    }

    [Theory]
    [MemberData(nameof(Types))]
    public void ATensorOfBytesHasTheTypeThatIsNamed(string name, string type)
    {
        PickleGlobal named = _names.Find("torch", name, 0);
        var tensor = (PickleTensor)Made("torch._utils", "_rebuild_tensor_v3", _storage, 1L, Sizes(2, 3), Sizes(3, 1), false, _none, named)!;
        Assert.Equal((_storage, type, 1L), (tensor.Storage, tensor.Type, tensor.First));
        Assert.Equal([2, 3], tensor.Dims);
        Assert.Equal([3, 1], tensor.Strides);
    }

    [Theory]
    [InlineData("f8", "F64")]
    [InlineData("f4", "F32")]
    [InlineData("f2", "F16")]
    [InlineData("i8", "I64")]
    [InlineData("i4", "I32")]
    [InlineData("i2", "I16")]
    [InlineData("i1", "I8")]
    [InlineData("u4", "U32")]
    [InlineData("u2", "U16")]
    [InlineData("u1", "U8")]
    [InlineData("b1", "BOOL")]
    public void AnArrayHasTheTypeOfItsCode(string code, string type) => Assert.Equal(type, Array(code).Type);

    [Fact]
    public void AnArraysTypeMayBeOneThatIsNotRead()
    {
        const string refused = "which cannot be read";
        Assert.Equal($"byte 0 has an array of the element type c8, {refused}", Refused(() => Array("c8")));
        Assert.Equal($"byte 0 has an array of the element type f4, big-endian, {refused}", Refused(() => Array("f4", ">")));
        Assert.Equal("F32", Array("f4", "<").Type);
    }

    [Fact]
    public void AStorageMayBeBytesOrAPartOfAnother()
    {
        PickleGlobal floats = _names.Find("torch", "FloatStorage", 0);
        Assert.Equal(new PickleStorage("k", null, 8, 0, 8), _names.Storage(Id(_names.Find("torch", "UntypedStorage", 0), 8L), 0));
        Assert.Equal(new PickleStorage("k", "F32", 0, 0, 0), _names.Storage(Id(floats, 0L), 0));
        Assert.Equal(new PickleStorage("k", "F32", 8, 3, 5), _names.Storage(Id(floats, 8L, new PickleTuple(["view", 3L, 5L])), 0));
        Assert.Equal(new PickleStorage("k", "F32", 8, 0, 0), _names.Storage(Id(floats, 8L, new PickleTuple(["view", 0L, 0L])), 0));
        Assert.Equal(new PickleStorage("k", "F32", 8, 0, 8), _names.Storage(Id(floats, 8L, [null]), 0));
        foreach ((long first, long part) in ((long, long)[])[(3, 6), (-1, 3), (0, -1), (0, 9)])
            Assert.Equal(
                "byte 4 refers to a part of a storage that lies outside it",
                Refused(() => _names.Storage(Id(floats, 8L, new PickleTuple(["view", first, part])), 4)));
        const string none = "byte 4 refers to something outside the pickle that is no storage";
        Assert.Equal(none, Refused(() => _names.Storage(Id(floats, -1L), 4)));
        Assert.Equal(none, Refused(() => _names.Storage("k", 4)));
        Assert.Equal(none, Refused(() => _names.Storage(new PickleTuple(["module", floats, "k", "cpu", 1L]), 4)));
        Assert.Equal(
            "byte 4 refers to a storage of the type torch.Size", Refused(() => _names.Storage(Id(_names.Find("torch", "Size", 0), 1L), 4)));
    }

    [Fact]
    public void ATensorViewsItsStorage()
    {
        foreach (string name in (string[])["_rebuild_tensor", "_rebuild_tensor_v2"])
        {
            var tensor = (PickleTensor)Made("torch._utils", name, _storage, 2L, Sizes(4), Sizes(2), false, _none)!;
            Assert.Equal((_storage, "F32", 2L), (tensor.Storage, tensor.Type, tensor.First));
            Assert.Equal("4 | 2", $"{string.Join(' ', tensor.Dims)} | {string.Join(' ', tensor.Strides)}");
            foreach (string parameter in (string[])["_rebuild_parameter", "_rebuild_parameter_with_state"])
                Assert.Same(tensor, Made("torch._utils", parameter, tensor, true, _none));
        }
        Assert.Contains("calls torch._utils._rebuild_tensor_v2 with arguments", Refused(
            () => Made("torch._utils", "_rebuild_tensor_v2", _storage with { Type = null }, 0L, Sizes(4), Sizes(2))));
        Assert.Contains("with arguments", Refused(() => Made(
            "torch._utils", "_rebuild_tensor_v3", _storage, 0L, Sizes(4), Sizes(2), false, _none, new PickleGlobal("torch", "Size"))));
        Assert.Equal(
            "byte 0 has a shape that is not of whole numbers",
            Refused(() => Made("torch._utils", "_rebuild_tensor_v2", _storage, 0L, new PickleTuple([4L, "2"]), Sizes(2, 1))));
    }

    [Fact]
    public void AShapeHasAMostOfDimensions()
    {
        long[] most = [.. Enumerable.Repeat(1L, 64)], more = [.. most, 1];
        Assert.Equal(64, ((PickleTensor)Made("torch._utils", "_rebuild_tensor_v2", _storage, 0L, Sizes(most), Sizes(most))!).Dims.Length);
        Assert.Equal(
            "byte 0 has a shape of 65 dimensions", Refused(() => Made("torch._utils", "_rebuild_tensor_v2", _storage, 0L, Sizes(more), Sizes(most))));
        Assert.Equal(64, ((PickleTuple)Made("torch", "Size", new List<object?>([.. most]))!).Items.Length);
        Assert.Equal(
            "byte 0 calls torch.Size with arguments that it does not have in a weight file",
            Refused(() => Made("torch", "Size", new List<object?>([.. more]))));
        Assert.Equal(Sizes(2, 3).Items, ((PickleTuple)Made("torch", "Size", Sizes(2, 3))!).Items);
    }

    [Theory]
    [InlineData("torch", "device")]
    [InlineData("numpy.core.multiarray", "scalar")]
    [InlineData("builtins", "set")]
    [InlineData("argparse", "Namespace")]
    [InlineData("pathlib", "PosixPath")]
    [InlineData("pathlib", "WindowsPath")]
    public void WhatNobodyNeedsIsKeptWithoutItsContents(string module, string name) => Assert.Equal(new PickleOpaque(name), Made(module, name, "x"));

    [Theory]
    [InlineData("OrderedDict")]
    [InlineData("Counter")]
    [InlineData("defaultdict")]
    public void ADictionaryHasItsPairs(string name)
    {
        List<object?> pairs = [new PickleTuple(["a", 1L]), new List<object?>(["b", 2L]), new List<object?>(["c"]), new PickleTuple(["d"]), "e"];
        Assert.Equal([("a", 1L), ("b", 2L)], ((PickleDictionary)Made("collections", name, pairs)!).Entries);
        Assert.Empty(((PickleDictionary)Made("collections", name)!).Entries);
        Assert.Empty(((PickleDictionary)Made("collections", name, _names.Find("builtins", "list", 0))!).Entries);
    }

    [Fact]
    public void DictionariesHaveAMostOfEntries()
    {
        List<object?> half = [.. Enumerable.Repeat<object?>(null, 500_000)];
        Made("collections", "OrderedDict", half);
        Made("collections", "OrderedDict", half);
        Assert.Equal("byte 0 makes dictionaries of more than 1000000 entries", Refused(() => Made("collections", "OrderedDict", new List<object?>([null]))));
    }

    [Fact]
    public void AnArrayOfABufferHasAllAtOnce()
    {
        var bytes = new PickleBytes(10, 24);
        foreach ((string order, bool isColumnMajor) in ((string, bool)[])[("C", false), ("F", true)])
        {
            var array = (PickleArray)Made("numpy.core.numeric", "_frombuffer", bytes, new PickleElementType("f4"), Sizes(2, 3), order)!;
            Assert.Equal((bytes, "F32", isColumnMajor), (array.Bytes, array.Type, array.IsColumnMajor));
            Assert.Equal([2, 3], array.Dims);
        }
    }

    [Fact]
    public void AnArraysStateCompletesIt()
    {
        var array = (PickleArray)Made("numpy.core.multiarray", "_reconstruct", _names.Find("numpy", "ndarray", 0), Sizes(0), "b")!;
        Assert.Equal((null, null, false), (array.Bytes, array.Type, array.IsColumnMajor));
        Assert.Empty(array.Dims);
        var bytes = new PickleBytes(10, 24);
        PickleTuple State(object? contents) => new([1L, Sizes(2, 3), new PickleElementType("i4"), true, contents]);
        _names.SetState(array, State(bytes), 0);
        Assert.Equal((bytes, "I32", true), (array.Bytes, array.Type, array.IsColumnMajor));
        Assert.Equal([2, 3], array.Dims);
        _names.SetState(array, State("\0aÿ"), 0);
        Assert.Equal((0L, 3L), (array.Bytes!.Offset, array.Bytes.Length));
        Assert.Equal([0, (byte)'a', 255], array.Bytes.Decoded!);
        Assert.Equal("byte 9 gives an array contents that are no bytes", Refused(() => _names.SetState(array, State(1L), 9)));
        Assert.Equal("byte 9 makes bytes of a text that has other characters", Refused(() => _names.SetState(array, State("aĀ"), 9)));
    }

    [Fact]
    public void OtherStatesAreNoneOrNobodyNeedsThem()
    {
        _names.SetState(new PickleDictionary(), 1L, 0);
        _names.SetState(new PickleOpaque("Namespace"), 1L, 0);
        const string refused = "byte 3 sets the state of what has none in a weight file";
        Assert.Equal(refused, Refused(() => _names.SetState(new PickleOpaque("device"), 1L, 3)));
        Assert.Equal(refused, Refused(() => _names.SetState(new PickleArray(), new PickleTuple([1L]), 3)));
        Assert.Equal(refused, Refused(() => _names.SetState(null, null, 3)));
    }

    [Fact]
    public void TextsOfBytesAreEncodedToAMostLength()
    {
        foreach (string encoding in (string[])["latin1", "latin-1"])
            Assert.Equal([255], ((PickleBytes)Made("_codecs", "encode", "ÿ", encoding)!).Decoded!);
        Assert.Contains("with arguments", Refused(() => Made("_codecs", "encode", "a", "utf-8")));
        string half = new('a', (32 << 20) - 1);
        Made("_codecs", "encode", half, "latin1");
        Made("_codecs", "encode", half, "latin1");
        Assert.Equal("byte 0 makes more than 64 MiB of texts", Refused(() => Made("_codecs", "encode", "a", "latin1")));
    }

    private static PickleTuple Sizes(params long[] sizes) => new([.. sizes]);

    private static PickleTuple Id(PickleGlobal type, long count, params object?[] more) => new(["storage", type, "k", "cpu", count, .. more]);

    private object? Made(string module, string name, params object?[] arguments) => _names.Make(_names.Find(module, name, 0), new PickleTuple(arguments), 0);

    private PickleArray Array(string code, string? order = null)
    {
        var type = (PickleElementType)Made("numpy", "dtype", code, false, true)!;
        if (order is not null)
            _names.SetState(type, new PickleTuple([3L, order, null]), 0);
        return (PickleArray)Made("numpy.core.numeric", "_frombuffer", new PickleBytes(0, 0), type, Sizes(0), "C")!;
    }

    private string Refused(Func<object?> make) => Assert.Throws<InvalidDataException>(() => make()).Message[$"{_file.Path}: ".Length..];

    private string Refused(Action set) => Assert.Throws<InvalidDataException>(set).Message[$"{_file.Path}: ".Length..];
}
