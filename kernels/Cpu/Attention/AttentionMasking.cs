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
    // Keys laid out at a time: their bytes of a query tile stay in L1 while one query after the other is written between the others.
    private const int LayoutKeys = 512;

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
        int lanes = AttentionTile<TSimd, TVec>.Queries, tiles = (int)_tiles, blocks = (nk + LayoutKeys - 1) / LayoutKeys;
        byte* blocked = scratch.Bytes((long)shape.B * tiles * nk * lanes), matters = scratch.Bytes((long)shape.B * nq);
        _blocked = blocked;
        for (nint row = 0; row < (nint)shape.B * nq; row++)
        {
            var keys = new ReadOnlySpan<byte>(source + row * nk, nk);
            matters[row] = keys.ContainsAnyExcept((byte)0) && keys.Contains((byte)0) ? (byte)1 : (byte)0;
        }
        CpuThreads.For(shape.B * tiles * blocks, item =>
        {
            (int tile, int block) = Math.DivRem(item, blocks);
            int first = tile % tiles * lanes, key = block * LayoutKeys;
            nint row = (nint)(tile / tiles) * nq + first;
            LayOutTile(
                source + row * nk + key, matters + row, Math.Min(lanes, nq - first), nk, Math.Min(LayoutKeys, nk - key), lanes,
                blocked + ((nint)tile * nk + key) * lanes);
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

    private static void LayOutTile(byte* mask, byte* matters, int rows, nint stride, int keys, int lanes, byte* tile)
    {
        new Span<byte>(tile, keys * lanes).Clear();
        for (nint i = 0; i < rows; i++)
        {
            if (matters[i] == 0)
                continue;
            byte* row = mask + i * stride, lane = tile + i;
            for (nint j = 0; j < keys; j++)
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
