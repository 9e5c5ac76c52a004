using System.Runtime.InteropServices;

namespace SspNative.Kernels.Cpu;

/// <summary>
/// Per-thread workspace for packed panels and tiles: memory is taken in stack order and given back when the scope ends,
/// so a kernel allocates nothing after its first run.
/// </summary>
internal unsafe ref struct Scratch : IDisposable
{
    [ThreadStatic]
    private static Arena? _arena;

    private readonly Arena _mine;
    private readonly int _chunk, _guarded;
    private readonly long _offset;

    private Scratch(Arena arena)
    {
        _mine = arena;
        (_chunk, _offset) = arena.Position;
        _guarded = arena.GuardedBlocks;
    }

    /// <summary>For tests, on Linux: a forbidden page lies behind every block that is taken from now on, on all threads.</summary>
    public static bool IsGuarded { get; set; }

    /// <summary>Starts a scope on this thread's workspace.</summary>
    public static Scratch Open() => new(_arena ??= new Arena());

    /// <summary>Uninitialised, 64-byte aligned floats, valid until the scope ends.</summary>
    public readonly float* Floats(long count) => (float*)_mine.Take(count * sizeof(float));

    public readonly int* Ints(long count) => (int*)_mine.Take(count * sizeof(int));

    public readonly byte* Bytes(long count) => (byte*)_mine.Take(count);

    public readonly void Dispose()
    {
        _mine.Position = (_chunk, _offset);
        _mine.GiveBack(_guarded);
    }

    private sealed class Arena
    {
        private const long MinimumChunk = 4 << 20;

        private readonly List<(nint Pointer, long Size)> _chunks = [];
        private readonly List<PooledBlock> _guarded = [];
        private GuardedMemory? _guardedMemory;

        public (int Chunk, long Offset) Position { get; set; }

        public int GuardedBlocks => _guarded.Count;

        public void* Take(long bytes)
        {
            bytes = (bytes + 63) & ~63L;
            if (IsGuarded)
                return TakeGuarded(bytes);
            (int chunk, long offset) = Position;
            while (chunk < _chunks.Count && offset + bytes > _chunks[chunk].Size)
                (chunk, offset) = (chunk + 1, 0);
            if (chunk == _chunks.Count)
            {
                long size = Math.Max(bytes, MinimumChunk);
                _chunks.Add(((nint)NativeMemory.AlignedAlloc((nuint)size, 64), size));
            }
            Position = (chunk, offset + bytes);
            return (byte*)_chunks[chunk].Pointer + offset;
        }

        public void GiveBack(int left)
        {
            for (; _guarded.Count > left; _guarded.RemoveAt(_guarded.Count - 1))
                _guardedMemory!.Return(_guarded[^1]);
        }

        private void* TakeGuarded(long bytes)
        {
            _guarded.Add((_guardedMemory ??= new GuardedMemory(atEnd: true)).Rent(bytes));
            return _guarded[^1].Pointer;
        }

        ~Arena()
        {
            foreach ((nint pointer, _) in _chunks)
                NativeMemory.AlignedFree((void*)pointer);
        }
    }
}
