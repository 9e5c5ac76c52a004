namespace SspNative.Kernels.Cpu;

/// <summary>
/// The loops of a strided copy, outermost first, in the order of the destination's strides; loops that advance as one in
/// both layouts are merged, loops of one step are gone. There is always at least one.
/// </summary>
internal sealed record CopyLoops(long[] Dims, long[] SourceStrides, long[] DestinationStrides)
{
    public static CopyLoops Of(in StridedLayout source, in StridedLayout destination)
    {
        var loops = new List<(long N, long Source, long Destination)>();
        for (int i = 0; i < source.Rank; i++)
            if (source.Axes[i].Size != 1)
                loops.Add((source.Axes[i].Size, source.Axes[i].Stride, destination.Axes[i].Stride));
        loops = [.. loops.OrderByDescending(loop => loop.Destination)];
        for (int i = loops.Count - 2; i >= 0; i--)
        {
            (long n, long from, long to) = loops[i + 1];
            if (loops[i].Source != from * n || loops[i].Destination != to * n)
                continue;
            loops[i] = (loops[i].N * n, from, to);
            loops.RemoveAt(i + 1);
        }
        if (loops.Count == 0)
            loops.Add((1, 1, 1));
        return new CopyLoops(
            [.. loops.Select(loop => loop.N)],
            [.. loops.Select(loop => loop.Source)],
            [.. loops.Select(loop => loop.Destination)]);
    }

    /// <summary>Steps of the first <paramref name="loops"/> loops together.</summary>
    public long Count(int loops)
    {
        long count = 1;
        for (int i = 0; i < loops; i++)
            count *= Dims[i];
        return count;
    }

    /// <summary>The same copy with one loop moved to directly around the innermost.</summary>
    public CopyLoops WithNextToLast(int loop)
    {
        int last = Dims.Length - 1;
        int[] order = [.. Enumerable.Range(0, last).Where(i => i != loop), loop, last];
        return new CopyLoops(
            [.. order.Select(i => Dims[i])],
            [.. order.Select(i => SourceStrides[i])],
            [.. order.Select(i => DestinationStrides[i])]);
    }
}

/// <summary>A position in the first loops of a strided copy and its offsets in both layouts.</summary>
internal ref struct CopyCursor
{
    private readonly CopyLoops _loops;
    private readonly long[] _index;

    /// <summary>Starts at the given step of the first <paramref name="depth"/> loops.</summary>
    public CopyCursor(CopyLoops loops, int depth, long step)
    {
        _loops = loops;
        _index = new long[depth];
        for (int d = depth - 1; d >= 0; d--)
        {
            _index[d] = step % loops.Dims[d];
            step /= loops.Dims[d];
            Source += _index[d] * loops.SourceStrides[d];
            Destination += _index[d] * loops.DestinationStrides[d];
        }
    }

    public long Source { get; private set; }

    public long Destination { get; private set; }

    /// <summary>Takes one step.</summary>
    public void Advance()
    {
        for (int d = _index.Length - 1; d >= 0; d--)
        {
            Source += _loops.SourceStrides[d];
            Destination += _loops.DestinationStrides[d];
            if (++_index[d] < _loops.Dims[d])
                return;
            _index[d] = 0;
            Source -= _loops.Dims[d] * _loops.SourceStrides[d];
            Destination -= _loops.Dims[d] * _loops.DestinationStrides[d];
        }
    }
}
