using System.Runtime.CompilerServices;

namespace SspNative.Kernels.Cpu;

/// <summary>
/// An attention mask laid out for transposed score tiles: per key as numbers to add, or per query tile as bytes with one lane
/// per query. Rows that block every key are cleared on the way.
/// </summary>
internal readonly unsafe struct AttentionMasking<TSimd, TVec>
    where TSimd : struct, ISimd<TVec>
    where TVec : struct
{
    private readonly float* _keyBias;
    private readonly byte* _blocked;
    private readonly nint _nk;
    private readonly nint _tiles;

    /// <summary>Lays out mask in memory of <paramref name="scratch"/>, valid as long as that scope.</summary>
    public AttentionMasking(in AttentionShape shape, AttentionMask kind, DeviceBuffer? mask, in Scratch scratch)
    {
        int nq = shape.Nq, nk = shape.Nk;
        _nk = nk;
        _tiles = AttentionTile<TSimd, TVec>.Tiles(nq);
        if (kind == AttentionMask.None)
            return;
        byte* source = (byte*)CpuBuffer.Pointer(mask!);
        if (kind == AttentionMask.Keys)
        {
            _keyBias = scratch.Floats((long)shape.B * nk);
            for (nint b = 0; b < shape.B; b++)
                LayOutKeys(source + b * nk, nk, _keyBias + b * nk);
            return;
        }
        int lanes = AttentionTile<TSimd, TVec>.Queries;
        int tiles = (int)_tiles;
        byte* blocked = scratch.Bytes((long)shape.B * tiles * nk * lanes);
        _blocked = blocked;
        CpuThreads.For(shape.B * tiles, item =>
        {
            int b = item / tiles, first = item % tiles * lanes;
            byte* rows = source + ((nint)b * nq + first) * nk;
            LayOutTile(rows, Math.Min(lanes, nq - first), nk, lanes, blocked + (nint)item * nk * lanes);
        });
    }

    /// <summary>Adds the mask of keys first … first+keys−1 to the scores of a query tile.</summary>
    public void Apply(int b, int tile, int first, int keys, float* s)
    {
        if (_keyBias != null)
            AddPerKey(keys, _keyBias + b * _nk + first, s);
        else if (_blocked != null)
            AddPerScore((nint)keys * AttentionTile<TSimd, TVec>.Queries,
                _blocked + ((b * _tiles + tile) * _nk + first) * AttentionTile<TSimd, TVec>.Queries, s);
    }

    private static void LayOutKeys(byte* mask, int nk, float* bias)
    {
        bool all = !new ReadOnlySpan<byte>(mask, nk).Contains((byte)0);
        for (nint j = 0; j < nk; j++)
            bias[j] = mask[j] != 0 && !all ? AttentionTile<TSimd, TVec>.Blocked : 0f;
    }

    private static void LayOutTile(byte* mask, int rows, int nk, int lanes, byte* tile)
    {
        new Span<byte>(tile, nk * lanes).Clear();
        for (nint i = 0; i < rows; i++)
        {
            byte* row = mask + i * nk;
            var keys = new ReadOnlySpan<byte>(row, nk);
            if (!keys.Contains((byte)1) || !keys.Contains((byte)0))
                continue;
            byte* lane = tile + i;
            for (nint j = 0; j < nk; j++)
                lane[j * lanes] = row[j];
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void AddPerKey(nint keys, float* bias, float* s)
    {
        nint w = TSimd.Width;
        for (nint j = 0; j < keys; j++)
        {
            TVec x = TSimd.Broadcast(bias[j]);
            TSimd.Store(s, TSimd.Add(TSimd.Load(s), x));
            TSimd.Store(s + w, TSimd.Add(TSimd.Load(s + w), x));
            s += 2 * w;
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void AddPerScore(nint count, byte* blocked, float* s)
    {
        TVec x = TSimd.Broadcast(AttentionTile<TSimd, TVec>.Blocked);
        for (nint i = 0; i < count; i += TSimd.Width)
            TSimd.Store(s + i, TSimd.Fma(TSimd.LoadBytes(blocked + i), x, TSimd.Load(s + i)));
    }
}
