namespace SspNative.Engine.Serialization.Pickles;

/// <summary>
/// What a pickle may name, and the value that each name makes: tensors, storages and their types, NumPy's arrays, dictionaries. Nothing else may be
/// named, and nothing is ever called.
/// </summary>
/// <param name="stream">The pickle, for messages.</param>
internal sealed class PickleNames(PickleStream stream)
{
    private static readonly Dictionary<string, string> _storages = new()
    {
        ["DoubleStorage"] = "F64",
        ["FloatStorage"] = "F32",
        ["HalfStorage"] = "F16",
        ["BFloat16Storage"] = "BF16",
        ["LongStorage"] = "I64",
        ["IntStorage"] = "I32",
        ["ShortStorage"] = "I16",
        ["CharStorage"] = "I8",
        ["ByteStorage"] = "U8",
        ["BoolStorage"] = "BOOL",
    };

    private static readonly Dictionary<string, string> _types = new()
    {
        ["float64"] = "F64",
        ["float32"] = "F32",
        ["float16"] = "F16",
        ["bfloat16"] = "BF16",
        ["float8_e4m3fn"] = "F8_E4M3",
        ["float8_e5m2"] = "F8_E5M2",
        ["int64"] = "I64",
        ["int32"] = "I32",
        ["int16"] = "I16",
        ["int8"] = "I8",
        ["uint32"] = "U32",
        ["uint16"] = "U16",
        ["uint8"] = "U8",
        ["bool"] = "BOOL",
    };

    private const string Namespace = "Namespace";

    private static readonly HashSet<string> _known =
    [
        "collections.OrderedDict", "collections.Counter", "collections.defaultdict",
        "builtins.dict", "builtins.list", "builtins.int", "builtins.float", "builtins.set",
        "__builtin__.dict", "__builtin__.list", "__builtin__.int", "__builtin__.float", "__builtin__.set",
        "torch._utils._rebuild_tensor", "torch._utils._rebuild_tensor_v2", "torch._utils._rebuild_tensor_v3",
        "torch._utils._rebuild_parameter", "torch._utils._rebuild_parameter_with_state",
        "torch.Size", "torch.device", "torch.storage.UntypedStorage", "torch.UntypedStorage",
        "numpy.core.multiarray._reconstruct", "numpy._core.multiarray._reconstruct",
        "numpy.core.multiarray.scalar", "numpy._core.multiarray.scalar",
        "numpy.core.numeric._frombuffer", "numpy._core.numeric._frombuffer",
        "numpy.ndarray", "numpy.dtype", "_codecs.encode",
        // A command line, which many trainings keep beside their weights.
        "argparse.Namespace", "pathlib.PosixPath", "pathlib.WindowsPath", "pathlib._local.PosixPath", "pathlib._local.WindowsPath",
        .. _storages.Keys.Select(s => $"torch.{s}"), .. _storages.Keys.Select(s => $"torch.cuda.{s}"), .. _types.Keys.Select(t => $"torch.{t}"),
    ];

    // A tensor has fewer dimensions by far; a hostile pickle has a list of a million, and names it a hundred thousand times.
    private const int MostDimensions = 64;
    private const int MostPairs = 1_000_000;

    private long _encoded;
    private long _pairs;

    /// <summary>The value of a name.</summary>
    /// <exception cref="InvalidDataException">It is not on the list.</exception>
    public PickleGlobal Find(string module, string name, long at)
    {
        var global = new PickleGlobal(module, name);
        if (_known.Contains($"{module}.{name}"))
            return global;
        string kind = module.StartsWith("torch.nn.", StringComparison.Ordinal) || module.StartsWith("__torch__", StringComparison.Ordinal)
            ? "a whole module, not only weights; save its state_dict"
            : "which is not on the list of what a weight file may hold; it was not run";
        throw stream.Error(at, $"names {global}, {kind}");
    }

    /// <summary>What a call would make.</summary>
    /// <exception cref="InvalidDataException">The function may not be called, or not with these arguments.</exception>
    public object? Make(object? function, object? arguments, long at)
    {
        if (function is not PickleGlobal global || arguments is not PickleTuple { Items: var items })
            throw stream.Error(at, "calls what is no known function");
        return (global.Name, items) switch
        {
            ("OrderedDict" or "Counter" or "defaultdict", _) => Dictionary(items, at),
            ("_rebuild_tensor" or "_rebuild_tensor_v2", [PickleStorage { Type: { } type } storage, long first, PickleTuple dims, PickleTuple strides, ..]) =>
                new PickleTensor(storage, type, first, Integers(dims, at), Integers(strides, at)),
            ("_rebuild_tensor_v3", [PickleStorage storage, long first, PickleTuple dims, PickleTuple strides, _, _, PickleGlobal type, ..])
                when _types.TryGetValue(type.Name, out string? stored) =>
                new PickleTensor(storage, stored, first, Integers(dims, at), Integers(strides, at)),
            ("_rebuild_parameter" or "_rebuild_parameter_with_state", [PickleTensor tensor, ..]) => tensor,
            ("Size", [PickleTuple dims]) => dims,
            ("Size", [List<object?> { Count: <= MostDimensions } dims]) => new PickleTuple([.. dims]),
            ("device" or "scalar" or "set" or Namespace or "PosixPath" or "WindowsPath", _) => new PickleOpaque(global.Name),
            ("_reconstruct", _) => new PickleArray(),
            ("_frombuffer", [PickleBytes bytes, PickleElementType type, PickleTuple dims, string order, ..]) => new PickleArray
            {
                Bytes = bytes,
                Type = Stored(type, at),
                Dims = Integers(dims, at),
                IsColumnMajor = order == "F",
            },
            ("dtype", [string code, ..]) => new PickleElementType(code),
            ("encode", [string text, string encoding]) when encoding is "latin1" or "latin-1" => Encoded(text, at),
            _ => throw stream.Error(at, $"calls {global} with arguments that it does not have in a weight file"),
        };
    }

    /// <summary>Completes a value; what dictionaries and command lines have besides, nobody needs.</summary>
    /// <exception cref="InvalidDataException">The value has no such state.</exception>
    public void SetState(object? value, object? state, long at)
    {
        switch (value, state)
        {
            case (PickleDictionary or PickleOpaque { What: Namespace }, _):
                break;
            case (PickleElementType type, PickleTuple { Items: [_, string order, ..] }):
                type.IsBigEndian = order == ">";
                break;
            case (PickleArray array, PickleTuple { Items: [_, PickleTuple dims, PickleElementType type, bool isColumnMajor, var bytes] }):
                array.Dims = Integers(dims, at);
                array.Type = Stored(type, at);
                array.IsColumnMajor = isColumnMajor;
                array.Bytes = bytes switch
                {
                    PickleBytes b => b,
                    string text => Encoded(text, at),
                    _ => throw stream.Error(at, "gives an array contents that are no bytes"),
                };
                break;
            default:
                throw stream.Error(at, "sets the state of what has none in a weight file");
        }
    }

    /// <summary>The storage that a persistent id stands for: <c>('storage', type, key, location, elements[, (key, first, elements)])</c>.</summary>
    public PickleStorage Storage(object? id, long at)
    {
        if (id is not PickleTuple { Items: ["storage", PickleGlobal type, string key, _, long count, .. var more] } || count < 0)
            throw stream.Error(at, "refers to something outside the pickle that is no storage");
        string? stored = _storages.GetValueOrDefault(type.Name);
        if (stored is null && type.Name != "UntypedStorage")
            throw stream.Error(at, $"refers to a storage of the type {type}");
        return more switch
        {
            [PickleTuple { Items: [_, long first, long part] }, ..] when first >= 0 && part >= 0 && part <= count - first =>
                new PickleStorage(key, stored, count, first, part),
            [PickleTuple, ..] => throw stream.Error(at, "refers to a part of a storage that lies outside it"),
            _ => new PickleStorage(key, stored, count, 0, count),
        };
    }

    private PickleDictionary Dictionary(object?[] items, long at)
    {
        var dictionary = new PickleDictionary();
        if (items is not [List<object?> pairs])
            return dictionary;
        if ((_pairs += pairs.Count) > MostPairs)
            throw stream.Error(at, $"makes dictionaries of more than {MostPairs} entries");
        foreach (object? pair in pairs)
            if (pair is PickleTuple { Items: [var key, var value] })
                dictionary.Entries.Add((key, value));
            else if (pair is List<object?> { Count: 2 } list)
                dictionary.Entries.Add((list[0], list[1]));
        return dictionary;
    }

    private long[] Integers(PickleTuple tuple, long at) => tuple.Items.Length <= MostDimensions
        ? Array.ConvertAll(tuple.Items, i => i is long integer ? integer : throw stream.Error(at, "has a shape that is not of whole numbers"))
        : throw stream.Error(at, $"has a shape of {tuple.Items.Length} dimensions");

    private string Stored(PickleElementType type, long at)
    {
        string? stored = type.Code switch
        {
            "f8" => "F64",
            "f4" => "F32",
            "f2" => "F16",
            "i8" => "I64",
            "i4" => "I32",
            "i2" => "I16",
            "i1" => "I8",
            "u4" => "U32",
            "u2" => "U16",
            "u1" => "U8",
            "b1" => "BOOL",
            _ => null,
        };
        if (stored is null || type.IsBigEndian)
            throw stream.Error(at, $"has an array of the element type {type.Code}{(type.IsBigEndian ? ", big-endian" : "")}, which cannot be read");
        return stored;
    }

    // Python 3 writes bytes to protocol 2 as text of as many characters.
    private PickleBytes Encoded(string text, long at)
    {
        if ((_encoded += text.Length) > PickleStream.MaximumLength)
            throw stream.Error(at, $"makes more than {PickleStream.MaximumLength >> 20} MiB of texts");
        byte[] bytes = new byte[text.Length];
        for (int i = 0; i < text.Length; i++)
            bytes[i] = text[i] <= 255 ? (byte)text[i] : throw stream.Error(at, "makes bytes of a text that has other characters");
        return new PickleBytes(0, bytes.Length, bytes);
    }
}
