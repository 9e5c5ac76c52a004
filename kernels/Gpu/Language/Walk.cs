namespace SspNative.Kernels.Gpu;

/// <summary>
/// Where an element lies in two operands at once: along at most six dimensions, given from the innermost on, each with a size and a stride in either.
/// Plain fields, since a kernel's arguments cannot hold an array.
/// </summary>
internal struct Walk
{
    private const int MostDimensions = 6;

    private int _rank, _n0, _n1, _n2, _n3, _n4;
    private long _a, _a0, _a1, _a2, _a3, _a4, _aLast, _b, _b0, _b1, _b2, _b3, _b4, _bLast;

    /// <param name="aOffset">The place of the first element of a.</param>
    /// <param name="bOffset">The place of the first element of b.</param>
    /// <param name="sizes">At most six, outermost first, as are the strides.</param>
    /// <exception cref="NotSupportedException">There are more.</exception>
    public static Walk Of(long aOffset, long bOffset, ReadOnlySpan<long> sizes, ReadOnlySpan<long> aStrides, ReadOnlySpan<long> bStrides)
    {
        int rank = sizes.Length;
        if (rank > MostDimensions)
            throw new NotSupportedException(
                $"{rank} dimensions, of which none is next to another in both operands; a GPU's kernels walk {MostDimensions}: reshape them, or copy first");
        Span<long> n = stackalloc long[MostDimensions], a = stackalloc long[MostDimensions], b = stackalloc long[MostDimensions];
        for (int i = 0; i < rank; i++)
            (n[i], a[i], b[i]) = (sizes[rank - 1 - i], aStrides[rank - 1 - i], bStrides[rank - 1 - i]);
        return new Walk
        {
            _rank = rank,
            _n0 = checked((int)n[0]),
            _n1 = checked((int)n[1]),
            _n2 = checked((int)n[2]),
            _n3 = checked((int)n[3]),
            _n4 = checked((int)n[4]),
            _aLast = rank > 0 ? a[rank - 1] : 0,
            _bLast = rank > 0 ? b[rank - 1] : 0,
            _a = aOffset,
            _a0 = a[0],
            _a1 = a[1],
            _a2 = a[2],
            _a3 = a[3],
            _a4 = a[4],
            _b = bOffset,
            _b0 = b[0],
            _b1 = b[1],
            _b2 = b[2],
            _b3 = b[3],
            _b4 = b[4],
        };
    }

    /// <summary>The element of either operand that a running number means, the innermost dimension fastest.</summary>
    public readonly (long A, long B) At(int index)
    {
        long a = _a, b = _b;
        int rest = index;
        if (_rank > 1)
            Step(ref rest, _n0, _a0, _b0, ref a, ref b);
        if (_rank > 2)
            Step(ref rest, _n1, _a1, _b1, ref a, ref b);
        if (_rank > 3)
            Step(ref rest, _n2, _a2, _b2, ref a, ref b);
        if (_rank > 4)
            Step(ref rest, _n3, _a3, _b3, ref a, ref b);
        if (_rank > 5)
            Step(ref rest, _n4, _a4, _b4, ref a, ref b);
        return (a + rest * _aLast, b + rest * _bLast);
    }

    private static void Step(ref int rest, int size, long aStride, long bStride, ref long a, ref long b)
    {
        int outer = rest / size, at = rest - outer * size;
        rest = outer;
        a += at * aStride;
        b += at * bStride;
    }
}
