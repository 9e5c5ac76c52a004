namespace SspNative.Kernels.Gpu;

/// <summary>The free parts of a range of bytes; neighbours join.</summary>
internal sealed class FreeRanges
{
    // By offset; no two of them touch.
    private readonly List<(long Offset, long Size)> _ranges;

    /// <param name="size">All of it is free at first.</param>
    public FreeRanges(long size) => _ranges = [(0, size)];

    /// <summary>Bytes that are free.</summary>
    public long TotalSize => _ranges.Sum(range => range.Size);

    /// <summary>Takes the smallest range that is large enough, the lowest of equal ones.</summary>
    public bool TryTake(long size, out long offset)
    {
        int best = -1;
        for (int i = 0; i < _ranges.Count; i++)
            if (_ranges[i].Size >= size && (best < 0 || _ranges[i].Size < _ranges[best].Size))
                best = i;
        offset = best < 0 ? -1 : _ranges[best].Offset;
        if (best < 0)
            return false;
        if (_ranges[best].Size == size)
            _ranges.RemoveAt(best);
        else
            _ranges[best] = (offset + size, _ranges[best].Size - size);
        return true;
    }

    public void Return(long offset, long size)
    {
        int at = _ranges.FindIndex(range => range.Offset > offset);
        if (at < 0)
            at = _ranges.Count;
        if (at < _ranges.Count && _ranges[at].Offset == offset + size)
        {
            size += _ranges[at].Size;
            _ranges.RemoveAt(at);
        }
        if (at > 0 && _ranges[at - 1].Offset + _ranges[at - 1].Size == offset)
            _ranges[at - 1] = (_ranges[at - 1].Offset, _ranges[at - 1].Size + size);
        else
            _ranges.Insert(at, (offset, size));
    }
}
