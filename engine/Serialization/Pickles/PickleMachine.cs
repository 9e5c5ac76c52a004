using System.Text;

namespace SspNative.Engine.Serialization.Pickles;

/// <summary>
/// Reads a pickle as data: a machine of the opcodes that state dicts are written with, which runs nothing. What a pickle may name is a list
/// (<see cref="PickleNames"/>), and each name on it makes a value of ours.
/// </summary>
/// <remarks>The opcodes: Python's pickletools, protocols 2 to 5.</remarks>
internal sealed class PickleMachine
{
    private const int MostOperations = 1_000_000;

    private const int LongestName = 256;

    private static readonly object _mark = new();

    private readonly PickleStream _stream;
    private readonly PickleNames _names;
    private readonly List<PickleStorage>? _storages;
    private readonly List<object?> _stack = [];
    private readonly Dictionary<long, object?> _memo = [];

    private PickleMachine(PickleStream stream, List<PickleStorage>? storages)
    {
        _stream = stream;
        _storages = storages;
        _names = new PickleNames(stream);
    }

    /// <summary>Reads one pickle, up to its end mark.</summary>
    /// <param name="stream">Its bytes.</param>
    /// <param name="storages">Is given every storage that the pickle refers to, whether a tensor of the result views it or not.</param>
    /// <exception cref="InvalidDataException">It is cut, damaged, too large, or names something that is not on the list; says where.</exception>
    public static object? Read(PickleStream stream, List<PickleStorage>? storages = null) => new PickleMachine(stream, storages).Run();

    private object? Run()
    {
        for (int i = 0; i < MostOperations; i++)
        {
            long at = _stream.Position;
            byte code = _stream.Byte();
            if (code != '.')
                Step(code, at);
            else if (_stack is [var result] && result != _mark)
                return result;
            else
                throw _stream.Error(at, $"ends the pickle with {_stack.Count} values, not one");
        }
        throw _stream.Error(_stream.Position, $"is beyond {MostOperations} operations, more than any state dict needs");
    }

    private void Step(byte code, long at)
    {
        switch (code)
        {
            case 0x80:
                if (_stream.Byte() is var protocol and > 5)
                    throw _stream.Error(at, $"says protocol {protocol}; protocols 2 to 5 can be read");
                break;
            case 0x95: // FRAME, of no meaning where the whole file is at hand
                _stream.Int64();
                break;
            case (byte)'q':
                _memo[_stream.Byte()] = Top(at);
                break;
            case (byte)'r':
                _memo[_stream.UInt32()] = Top(at);
                break;
            case 0x94:
                _memo[_memo.Count] = Top(at);
                break;
            case (byte)'a':
                Append(at, [Pop(at)]);
                break;
            case (byte)'e':
                Append(at, PopToMark(at));
                break;
            case (byte)'s':
                Set(at, PopMany(2, at));
                break;
            case (byte)'u':
                Set(at, PopToMark(at));
                break;
            case (byte)'b':
                object? state = Pop(at);
                _names.SetState(Top(at), state, at);
                break;
            default:
                _stack.Add(Value(code, at));
                break;
        }
    }

    // What an opcode puts on the stack.
    private object? Value(byte code, long at) => code switch
    {
        (byte)'(' => _mark,
        (byte)'N' => null,
        0x88 or 0x89 => code == 0x88,
        (byte)'J' => (long)_stream.Int32(),
        (byte)'K' => (long)_stream.Byte(),
        (byte)'M' => (long)_stream.UInt16(),
        0x8A => _stream.Integer(_stream.Byte()),
        (byte)'G' => _stream.Float(),
        (byte)'X' => _stream.Text(_stream.UInt32()),
        0x8C => _stream.Text(_stream.Byte()),
        0x8D => _stream.Text(_stream.Int64()),
        (byte)'U' => Python2String(_stream.Byte()), // Python 2's str
        (byte)'T' => Python2String(_stream.UInt32()),
        (byte)'C' => _stream.Skip(_stream.Byte()),
        (byte)'B' => _stream.Skip(_stream.UInt32()),
        0x8E or 0x96 => _stream.Skip(_stream.Int64()),
        (byte)']' => new List<object?>(),
        (byte)'}' => new PickleDictionary(),
        (byte)')' => new PickleTuple([]),
        (byte)'t' => new PickleTuple(PopToMark(at)),
        0x85 or 0x86 or 0x87 => new PickleTuple(PopMany(code - 0x84, at)),
        (byte)'h' => Remembered(_stream.Byte(), at),
        (byte)'j' => Remembered(_stream.UInt32(), at),
        (byte)'c' => _names.Find(_stream.Line(), _stream.Line(), at),
        0x93 => PopMany(2, at) is [string module, string member]
            ? _names.Find(module, member, at)
            : throw _stream.Error(at, "names something by no text"),
        (byte)'R' or 0x81 => Made(at), // REDUCE and NEWOBJ, which differ in what they would call
        (byte)'Q' => Storage(at),
        _ => throw _stream.Error(at, $"is the opcode {OpcodeName(code)}, which a state dict does not need"),
    };

    private object? Made(long at)
    {
        object?[] call = PopMany(2, at);
        return _names.Make(call[0], call[1], at);
    }

    private PickleStorage Storage(long at)
    {
        PickleStorage storage = _names.Storage(Pop(at), at);
        _storages?.Add(storage);
        return storage;
    }

    // Names and codes are short; the contents of an array may be either.
    private object Python2String(long length) => length <= LongestName ? _stream.Text(length, Encoding.Latin1) : _stream.Skip(length);

    private object? Pop(long at)
    {
        object? top = Top(at);
        _stack.RemoveAt(_stack.Count - 1);
        return top;
    }

    private object? Top(long at) => _stack.Count > 0 && _stack[^1] != _mark ? _stack[^1] : throw _stream.Error(at, "takes a value, but there is none");

    private object?[] PopMany(int count, long at)
    {
        var values = new object?[count];
        for (int i = count - 1; i >= 0; i--)
            values[i] = Pop(at);
        return values;
    }

    private object?[] PopToMark(long at)
    {
        int mark = _stack.Count - 1;
        while (mark >= 0 && _stack[mark] != _mark)
            mark--;
        if (mark < 0)
            throw _stream.Error(at, "takes the values from a mark on, but there is none");
        object?[] values = [.. _stack[(mark + 1)..]];
        _stack.RemoveRange(mark, _stack.Count - mark);
        return values;
    }

    private object? Remembered(long key, long at) =>
        _memo.TryGetValue(key, out object? value) ? value : throw _stream.Error(at, $"takes the value {key} from memory, which was never put there");

    private void Append(long at, object?[] values)
    {
        if (Top(at) is not List<object?> list)
            throw _stream.Error(at, "appends to what is no list");
        list.AddRange(values);
    }

    private void Set(long at, object?[] values)
    {
        if (Top(at) is not PickleDictionary dictionary || values.Length % 2 != 0)
            throw _stream.Error(at, "sets entries of what is no dictionary");
        for (int i = 0; i < values.Length; i += 2)
            dictionary.Entries.Add((values[i], values[i + 1]));
    }

    private static string OpcodeName(byte code) => (char)code switch
    {
        'i' => "INST",
        'o' => "OBJ",
        '\x92' => "NEWOBJ_EX",
        '\x82' or '\x83' or '\x84' => "EXT",
        'P' => "PERSID",
        '0' or '1' => "POP",
        '2' => "DUP",
        'I' or 'L' or 'F' or 'S' or 'V' or 'g' or 'p' or 'l' or 'd' => $"{(char)code} of protocol 0",
        '\x8b' => "LONG4",
        '\x8f' or '\x90' or '\x91' => "of a set",
        '\x97' or '\x98' => "of a buffer beside the file",
        _ => $"0x{code:X2}",
    };
}
