using System.Reflection;
using System.Runtime.InteropServices;
using SharpFuzz.Common;

namespace SspNative.Fuzz;

/// <summary>Which ways through instrumented code have been seen, each with about how often an input takes it, as AFL++ tells inputs apart.</summary>
internal sealed class Coverage
{
    private const int Size = 1 << 16;
    private static readonly byte[] _classes = [.. Enumerable.Range(0, 256).Select(Class)];

    private readonly byte[] _trace = GC.AllocateArray<byte>(Size, pinned: true);
    private readonly byte[] _seen = new byte[Size];

    /// <summary>From here on instrumented code counts here.</summary>
    public Coverage() => typeof(Trace).GetField(nameof(Trace.SharedMem), BindingFlags.Public | BindingFlags.Static)!
        .SetValue(null, Marshal.UnsafeAddrOfPinnedArrayElement(_trace, 0));

    /// <summary>The ways seen so far.</summary>
    public int Ways => Size - _seen.AsSpan().Count((byte)0);

    /// <summary>Begins a new input.</summary>
    public void Begin()
    {
        Array.Clear(_trace);
        Trace.PrevLocation = 0;
    }

    /// <summary>Takes in what the input reached; whether any of it is new.</summary>
    public bool TakeIn()
    {
        bool isNew = false;
        ReadOnlySpan<byte> trace = _trace;
        for (int at = trace.IndexOfAnyExcept((byte)0); at >= 0;)
        {
            byte found = _classes[trace[at]];
            if ((_seen[at] & found) == 0)
            {
                _seen[at] |= found;
                isNew = true;
            }
            int next = trace[(at + 1)..].IndexOfAnyExcept((byte)0);
            at = next < 0 ? -1 : at + 1 + next;
        }
        return isNew;
    }

    private static byte Class(int count) => count switch
    {
        0 => 0,
        1 => 1,
        2 => 2,
        3 => 4,
        < 8 => 8,
        < 16 => 16,
        < 32 => 32,
        < 128 => 64,
        _ => 128,
    };
}
