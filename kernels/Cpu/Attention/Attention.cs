namespace SspNative.Kernels.Cpu;

internal sealed unsafe partial class CpuKernels<TSimd, TVec>
{
    /// <summary>
    /// Floats of packed keys and values that one block may take: with the tiles they stay in a 1 MB second-level cache.
    /// </summary>
    private const int AttentionBlockFloats = 160 << 10;

    private const int AttentionMaxBlock = 264;

    public void Attention(in AttentionCall call)
    {
        AttentionShape s = call.Shape;
        if (s.B * s.Heads == 0 || s.Nq == 0)
            return;
        float* pq = Floats(call.Q), pk = Floats(call.K), pv = Floats(call.V), py = Floats(call.Y);
        float* lse = call.LogSumExp is null ? null : Floats(call.LogSumExp);
        using Scratch scratch = Scratch.Open();
        var masking = new AttentionMasking<TSimd, TVec>(s, call.MaskKind, call.Mask, scratch);

        // Packing a block of keys is shared by an item's tiles: 16 to 32 of them, fewer only where threads would idle.
        int tiles = AttentionTile<TSimd, TVec>.Tiles(s.Nq), groups = s.B * s.Heads;
        int perItem = (int)Math.Clamp((long)tiles * groups / (4 * CpuThreads.Count), 16, 32);
        perItem = Math.Min(perItem, (int)Math.Max(1, ((long)tiles * groups + CpuThreads.Count - 1) / CpuThreads.Count));
        int ranges = (tiles + perItem - 1) / perItem;
        CpuThreads.For(groups * ranges, item =>
        {
            int group = item / ranges, firstTile = item % ranges * perItem;
            int b = group / s.Heads, head = group % s.Heads;
            AttentionRange(
                s, b,
                pq + (nint)b * s.Nq * s.Heads * s.DimQk + head * s.DimQk,
                pk + (nint)b * s.Nk * s.Heads * s.DimQk + head * s.DimQk,
                pv + (nint)b * s.Nk * s.Heads * s.DimV + head * s.DimV,
                masking,
                py + (nint)b * s.Nq * s.Heads * s.DimV + head * s.DimV,
                lse == null ? null : lse + (nint)group * s.Nq,
                firstTile, Math.Min(perItem, tiles - firstTile));
        });
    }

    /// <summary>Keys in a block, a multiple of the register tile, by what their packed form takes.</summary>
    private static int AttentionKeyBlock(int keys, int floatsPerKey)
    {
        int block = Math.Clamp(AttentionBlockFloats / floatsPerKey, 48, AttentionMaxBlock) / TSimd.TileRows * TSimd.TileRows;
        return Math.Min(block, AttentionTile<TSimd, TVec>.PadRows(keys));
    }

    // One head, some query tiles, all keys: blocks of keys outermost, so that each is packed once.
    private static void AttentionRange(
        in AttentionShape shape, int b, float* q, float* k, float* v, in AttentionMasking<TSimd, TVec> masking, float* y,
        float* lse, int firstTile, int tiles)
    {
        int lanes = AttentionTile<TSimd, TVec>.Queries;
        int dimQk = shape.DimQk, dimV = shape.DimV, nk = shape.Nk;
        nint strideQk = (nint)shape.Heads * dimQk, strideV = (nint)shape.Heads * dimV;
        int block = AttentionKeyBlock(nk, dimQk + dimV);
        int rowsV = AttentionTile<TSimd, TVec>.PadRows(dimV);

        using Scratch scratch = Scratch.Open();
        float* keys = scratch.Floats((long)block * dimQk);
        float* values = scratch.Floats((long)block * rowsV);
        float* scores = scratch.Floats((long)block * lanes);
        float* queries = scratch.Floats((long)tiles * dimQk * lanes);
        float* outputs = scratch.Floats((long)tiles * rowsV * lanes);
        float* max = scratch.Floats((long)tiles * lanes);
        float* sum = scratch.Floats((long)tiles * lanes);
        float* rescale = scratch.Floats(lanes);
        PackQueryTiles(shape, firstTile, tiles, q, queries);
        AttentionTile<TSimd, TVec>.Fill((nint)tiles * lanes, max, AttentionTile<TSimd, TVec>.Lowest);
        AttentionTile<TSimd, TVec>.Fill((nint)tiles * lanes, sum, 0f);

        for (int j = 0; j < nk; j += block)
        {
            int count = Math.Min(block, nk - j);
            AttentionTile<TSimd, TVec>.PackRows(k + j * strideQk, strideQk, count, dimQk, keys);
            AttentionTile<TSimd, TVec>.PackChannels(v + j * strideV, strideV, count, dimV, values);
            int ahead = Math.Min(block, nk - j - count);
            float* nextK = k + (j + count) * strideQk, nextV = v + (j + count) * strideV;
            // A head's part of the rows is too short to be foreseen: the next block comes from memory while this one is used, a little between any two steps.
            void FetchNext(int step)
            {
                int steps = 3 * tiles;
                for (nint row = (nint)ahead * step / steps, end = (nint)ahead * (step + 1) / steps; row < end; row++)
                {
                    Packing.Prefetch(nextK + row * strideQk, dimQk);
                    Packing.Prefetch(nextV + row * strideV, dimV);
                }
            }
            for (int t = 0; t < tiles; t++)
            {
                FetchNext(3 * t);
                float* queryTile = queries + (nint)t * dimQk * lanes, o = outputs + (nint)t * rowsV * lanes;
                float* m = max + (nint)t * lanes, l = sum + (nint)t * lanes;
                AttentionTile<TSimd, TVec>.Product(count, dimQk, keys, queryTile, scores, accumulate: false);
                masking.Apply(b, firstTile + t, j, count, scores);
                FetchNext(3 * t + 1);
                bool moved = AttentionTile<TSimd, TVec>.Softmax(count, scores, m, l, rescale);
                FetchNext(3 * t + 2);
                if (moved && j > 0)
                    AttentionTile<TSimd, TVec>.MultiplyColumns(dimV, o, rescale);
                AttentionTile<TSimd, TVec>.Product(dimV, count, values, scores, o, accumulate: j > 0);
            }
        }
        StoreOutputs(shape, firstTile, tiles, outputs, max, sum, y, lse);
    }

    private static void PackQueryTiles(in AttentionShape shape, int firstTile, int tiles, float* q, float* queries)
    {
        int lanes = AttentionTile<TSimd, TVec>.Queries;
        nint stride = (nint)shape.Heads * shape.DimQk;
        for (int t = 0; t < tiles; t++)
        {
            int first = (firstTile + t) * lanes;
            AttentionTile<TSimd, TVec>.PackQueries(
                q + first * stride, stride, Math.Min(lanes, shape.Nq - first), shape.DimQk, shape.Scale, queries + (nint)t * shape.DimQk * lanes);
        }
    }

    // Divides what each tile of queries has gathered by the sum of its weights.
    private static void StoreOutputs(
        in AttentionShape shape, int firstTile, int tiles, float* outputs, float* max, float* sum, float* y, float* lse)
    {
        int lanes = AttentionTile<TSimd, TVec>.Queries, dimV = shape.DimV;
        nint strideV = (nint)shape.Heads * dimV, tile = (nint)AttentionTile<TSimd, TVec>.PadRows(dimV) * lanes;
        using Scratch scratch = Scratch.Open();
        float* rows = scratch.Floats((long)lanes * dimV);
        for (int t = 0; t < tiles; t++)
        {
            int first = (firstTile + t) * lanes, count = Math.Min(lanes, shape.Nq - first);
            float* m = max + (nint)t * lanes, l = sum + (nint)t * lanes, o = outputs + t * tile;
            AttentionTile<TSimd, TVec>.Finish(m, l);
            AttentionTile<TSimd, TVec>.MultiplyColumns(dimV, o, l);
            AttentionTile<TSimd, TVec>.StoreLanes(o, count, dimV, y + first * strideV, strideV, rows);
            if (lse != null)
                new ReadOnlySpan<float>(m, count).CopyTo(new Span<float>(lse + first, count));
        }
    }
}
