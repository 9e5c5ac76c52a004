namespace SspNative.Kernels.Cpu;

/// <summary>
/// The backward pass of attention for one call. A head is cut along its longer side, keys or queries: gradients of that side
/// then belong to one part each, and those of the shorter side are summed from one partial buffer per part, in order.
/// </summary>
internal sealed unsafe class AttentionBackwardPass<TSimd, TVec>
    where TSimd : struct, ISimd<TVec>
    where TVec : struct
{
    private readonly AttentionShape _shape;
    private readonly AttentionMasking<TSimd, TVec> _masking;
    private readonly float* _q, _k, _v, _y, _logSumExp, _dy, _dq, _dk, _dv;
    private readonly int _block, _chunk, _tiles, _columnsQk, _columnsV, _paddedKeys;
    private readonly bool _cutKeys;
    private readonly nint _strideQk, _strideV;
    private readonly float* _partials;
    private readonly nint _partialFloats, _dqFloats;

    public AttentionBackwardPass(
        in AttentionBackwardCall call, in AttentionMasking<TSimd, TVec> masking, int block, int parts, int chunk, in Scratch scratch)
    {
        AttentionShape shape = _shape = call.Shape;
        _masking = masking;
        _q = CpuBuffer.Floats(call.Q);
        _k = CpuBuffer.Floats(call.K);
        _v = CpuBuffer.Floats(call.V);
        _y = CpuBuffer.Floats(call.Y);
        _logSumExp = CpuBuffer.Floats(call.LogSumExp);
        _dy = CpuBuffer.Floats(call.Dy);
        _dq = CpuBuffer.Floats(call.Dq);
        _dk = CpuBuffer.Floats(call.Dk);
        _dv = CpuBuffer.Floats(call.Dv);
        _block = block;
        _tiles = AttentionTile<TSimd, TVec>.Tiles(shape.Nq);
        _columnsQk = AttentionTile<TSimd, TVec>.PadColumns(shape.DimQk);
        _columnsV = AttentionTile<TSimd, TVec>.PadColumns(shape.DimV);
        _paddedKeys = AttentionTile<TSimd, TVec>.PadRows(shape.Nk);
        _dqFloats = (nint)AttentionTile<TSimd, TVec>.PadRows(Lanes) * _columnsQk;
        _strideQk = (nint)shape.Heads * shape.DimQk;
        _strideV = (nint)shape.Heads * shape.DimV;

        _cutKeys = shape.Nk >= shape.Nq;
        int blocks = (shape.Nk + block - 1) / block, groups = shape.B * shape.Heads;
        _chunk = _cutKeys ? _tiles : Math.Min(chunk, _tiles);
        Parts = Math.Clamp((parts + groups - 1) / Math.Max(1, groups), 1, _cutKeys ? blocks : _tiles);
        _partialFloats = _cutKeys
            ? _tiles * _dqFloats
            : (nint)_paddedKeys * (_columnsQk + _columnsV);
        if (Parts > 1)
            _partials = scratch.Floats((long)groups * Parts * _partialFloats);
    }

    /// <summary>Parts of each head.</summary>
    public int Parts { get; }

    /// <summary>Independent slices that the sum of a head's partial gradients is cut into: query tiles or blocks of keys.</summary>
    public int SharedSlices => _cutKeys ? _tiles : (_shape.Nk + _block - 1) / _block;

    private int Lanes => AttentionTile<TSimd, TVec>.Queries;

    /// <summary>Computes one part of one head.</summary>
    public void Run(int group, int part)
    {
        using Scratch scratch = Scratch.Open();
        (int firstKey, int endKey, int firstTile, int endTile) = Slice(part);
        float* partial = Parts > 1 ? _partials + ((nint)group * Parts + part) * _partialFloats : null;
        float* dqTiles = _cutKeys && partial != null ? partial : scratch.Floats(_chunk * (long)_dqFloats);
        int keyRows = _cutKeys ? _block : _paddedKeys;
        float* dkRows = _cutKeys || partial == null ? scratch.Floats((long)keyRows * (_columnsQk + _columnsV)) : partial;
        float* dvRows = dkRows + (nint)keyRows * _columnsQk;

        var keys = new KeyBlock(_shape, _block, scratch);
        var queries = new QueryChunk(_shape, _chunk, scratch);
        float* s = scratch.Floats((long)_block * Lanes);
        // Read in place by columns, its last row is read past its end.
        float* ds = scratch.Floats((_block + 1L) * Lanes);
        nint panel = (nint)Lanes * AttentionTile<TSimd, TVec>.RowPanel, keyPanel = (nint)_block * AttentionTile<TSimd, TVec>.RowPanel;
        for (int chunk = firstTile; chunk < endTile; chunk += _chunk)
        {
            int tiles = Math.Min(_chunk, endTile - chunk);
            PackQueries(group, chunk, tiles, queries);
            for (int j = firstKey; j < endKey; j += _block)
            {
                int count = Math.Min(_block, endKey - j);
                PackKeys(group, j, count, keys);
                nint row = _cutKeys ? 0 : j;
                for (int t = 0; t < tiles; t++)
                {
                    AttentionTile<TSimd, TVec>.ProductOfRows(count, _shape.DimQk, keys.Rows, keyPanel, queries.Transposed(t), s);
                    _masking.Apply(group / _shape.Heads, chunk + t, j, count, s);
                    AttentionTile<TSimd, TVec>.ProductOfRows(count, _shape.DimV, keys.ValueRows, keyPanel, queries.TransposedGradients(t), ds);
                    if (count == _shape.Nk)
                        AttentionGradientTile<TSimd, TVec>.SoftmaxBackwardWhole(count, s, ds, queries.LogSumExp(t));
                    else
                        AttentionGradientTile<TSimd, TVec>.SoftmaxBackward(count, s, ds, queries.LogSumExp(t), queries.Dots(t));
                    AttentionTile<TSimd, TVec>.ProductWithRows<TileColumnsLeft<TSimd, TVec>>(
                        Lanes, count, ds, keys.Rows, keyPanel, _columnsQk, dqTiles + t * _dqFloats, j > firstKey);
                    bool started = t > 0 || (!_cutKeys && chunk > firstTile);
                    AttentionTile<TSimd, TVec>.ProductWithRows<TileRowsLeft<TSimd, TVec>>(
                        count, Lanes, s, queries.GradientRows(t), panel, _columnsV, dvRows + row * _columnsV, started);
                    AttentionTile<TSimd, TVec>.ProductWithRows<TileRowsLeft<TSimd, TVec>>(
                        count, Lanes, ds, queries.Rows(t), panel, _columnsQk, dkRows + row * _columnsQk, started);
                }
                if (_cutKeys)
                    StoreKeys(group, j, count, dkRows, dvRows);
            }
            if (!_cutKeys || partial == null)
                for (int t = 0; t < tiles; t++)
                    StoreQueries(group, chunk + t, dqTiles + t * _dqFloats);
        }
        if (!_cutKeys && partial == null)
            StoreKeys(group, 0, _shape.Nk, dkRows, dvRows);
    }

    // The keys and the tiles of queries that a part has: all of the side that is not cut.
    private (int FirstKey, int EndKey, int FirstTile, int EndTile) Slice(int part)
    {
        if (!_cutKeys)
            return (0, _shape.Nk, (int)((long)_tiles * part / Parts), (int)((long)_tiles * (part + 1) / Parts));
        int blocks = (_shape.Nk + _block - 1) / _block;
        int first = (int)((long)blocks * part / Parts) * _block, end = (int)((long)blocks * (part + 1) / Parts) * _block;
        return (first, Math.Min(_shape.Nk, end), 0, _tiles);
    }

    /// <summary>Sums one slice of a head's partial gradients over its parts and stores it.</summary>
    public void Reduce(int group, int slice)
    {
        float* first = _partials + (nint)group * Parts * _partialFloats;
        if (_cutKeys)
        {
            float* tile = first + slice * _dqFloats;
            SumParts(tile, _dqFloats);
            StoreQueries(group, slice, tile);
            return;
        }
        int key = slice * _block, count = Math.Min(_block, _shape.Nk - key);
        float* dk = first + (nint)key * _columnsQk, dv = first + (nint)_paddedKeys * _columnsQk + (nint)key * _columnsV;
        SumParts(dk, (nint)count * _columnsQk);
        SumParts(dv, (nint)count * _columnsV);
        StoreKeys(group, key, count, dk, dv);
    }

    private void SumParts(float* first, nint floats)
    {
        for (nint p = 1; p < Parts; p++)
        {
            float* other = first + p * _partialFloats;
            for (nint i = 0; i < floats; i += TSimd.Width)
                TSimd.Store(first + i, TSimd.Add(TSimd.Load(first + i), TSimd.Load(other + i)));
        }
    }

    private nint OffsetQk(int group, int tokens) =>
        (nint)(group / _shape.Heads) * tokens * _strideQk + group % _shape.Heads * _shape.DimQk;

    private nint OffsetV(int group, int tokens) =>
        (nint)(group / _shape.Heads) * tokens * _strideV + group % _shape.Heads * _shape.DimV;

    private void PackKeys(int group, int first, int count, in KeyBlock keys)
    {
        float* k = _k + OffsetQk(group, _shape.Nk) + first * _strideQk, v = _v + OffsetV(group, _shape.Nk) + first * _strideV;
        AttentionGradientTile<TSimd, TVec>.PackRowPanels(k, _strideQk, count, _block, _shape.DimQk, 1f, keys.Rows);
        AttentionGradientTile<TSimd, TVec>.PackRowPanels(v, _strideV, count, _block, _shape.DimV, 1f, keys.ValueRows);
    }

    private void PackQueries(int group, int firstTile, int tiles, in QueryChunk queries)
    {
        for (int t = 0; t < tiles; t++)
        {
            int first = (firstTile + t) * Lanes, count = Math.Min(Lanes, _shape.Nq - first);
            float* q = _q + OffsetQk(group, _shape.Nq) + first * _strideQk;
            nint atV = OffsetV(group, _shape.Nq) + first * _strideV;
            AttentionTile<TSimd, TVec>.PackQueries(q, _strideQk, count, _shape.DimQk, _shape.Scale, queries.Transposed(t));
            AttentionGradientTile<TSimd, TVec>.PackRowPanels(q, _strideQk, count, Lanes, _shape.DimQk, _shape.Scale, queries.Rows(t));
            float* dy = _dy + atV, y = _y + atV;
            AttentionTile<TSimd, TVec>.PackQueries(dy, _strideV, count, _shape.DimV, 1f, queries.TransposedGradients(t));
            AttentionGradientTile<TSimd, TVec>.PackRowPanels(dy, _strideV, count, Lanes, _shape.DimV, 1f, queries.GradientRows(t));
            AttentionGradientTile<TSimd, TVec>.ClearStatistics(Lanes, queries.LogSumExp(t), queries.Dots(t));
            AttentionTile<TSimd, TVec>.CopyRow(_logSumExp + (nint)group * _shape.Nq + first, queries.LogSumExp(t), count);
            AttentionGradientTile<TSimd, TVec>.RowDots(count, _shape.DimV, dy, _strideV, y, _strideV, queries.Dots(t));
        }
    }

    private void StoreQueries(int group, int tile, float* dq)
    {
        int first = tile * Lanes, count = Math.Min(Lanes, _shape.Nq - first);
        AttentionTile<TSimd, TVec>.MultiplyAll((nint)count * _columnsQk, dq, _shape.Scale);
        AttentionTile<TSimd, TVec>.CopyRows(
            dq, _columnsQk, _dq + OffsetQk(group, _shape.Nq) + first * _strideQk, _strideQk, count, _shape.DimQk);
    }

    private void StoreKeys(int group, int first, int count, float* dk, float* dv)
    {
        AttentionTile<TSimd, TVec>.CopyRows(
            dk, _columnsQk, _dk + OffsetQk(group, _shape.Nk) + first * _strideQk, _strideQk, count, _shape.DimQk);
        AttentionTile<TSimd, TVec>.CopyRows(
            dv, _columnsV, _dv + OffsetV(group, _shape.Nk) + first * _strideV, _strideV, count, _shape.DimV);
    }

    // One block of keys and values in row panels.
    private readonly ref struct KeyBlock(in AttentionShape shape, int block, in Scratch scratch)
    {
        public readonly float* Rows = scratch.Floats((long)block * AttentionTile<TSimd, TVec>.PadPanels(shape.DimQk));
        public readonly float* ValueRows = scratch.Floats((long)block * AttentionTile<TSimd, TVec>.PadPanels(shape.DimV));
    }

    // Packed forms of some tiles of queries and of the gradients that came back for them.
    private readonly ref struct QueryChunk
    {
        private readonly nint _lanes, _dimQk, _dimV, _panelsQk, _panelsV;
        private readonly float* _queries, _gradients, _queryRows, _gradientRows, _logSumExp, _dots;

        public QueryChunk(in AttentionShape shape, int tiles, in Scratch scratch)
        {
            int lanes = AttentionTile<TSimd, TVec>.Queries;
            (_lanes, _dimQk, _dimV) = (lanes, shape.DimQk, shape.DimV);
            _panelsQk = AttentionTile<TSimd, TVec>.PadPanels(shape.DimQk);
            _panelsV = AttentionTile<TSimd, TVec>.PadPanels(shape.DimV);
            _queries = scratch.Floats((long)tiles * lanes * shape.DimQk);
            _gradients = scratch.Floats((long)tiles * lanes * shape.DimV);
            _queryRows = scratch.Floats((long)tiles * lanes * _panelsQk);
            _gradientRows = scratch.Floats((long)tiles * lanes * _panelsV);
            _logSumExp = scratch.Floats((long)tiles * lanes);
            _dots = scratch.Floats((long)tiles * lanes);
        }

        public float* Transposed(int tile) => _queries + tile * _lanes * _dimQk;

        public float* TransposedGradients(int tile) => _gradients + tile * _lanes * _dimV;

        public float* Rows(int tile) => _queryRows + tile * _lanes * _panelsQk;

        public float* GradientRows(int tile) => _gradientRows + tile * _lanes * _panelsV;

        public float* LogSumExp(int tile) => _logSumExp + tile * _lanes;

        public float* Dots(int tile) => _dots + tile * _lanes;
    }
}
