namespace SspNative.Kernels;

/// <summary>
/// The loops of a broadcast operation, outermost first: neighbouring dimensions that advance alike in both operands are
/// one loop, dimensions of size 1 are gone. Operands are contiguous, so the innermost stride of each is 1, or 0 where it repeats.
/// </summary>
internal sealed record BroadcastLoops(long[] Dims, long[] AStrides, long[] BStrides)
{
    public static BroadcastLoops Of(Shape a, Shape b, Shape result)
    {
        var dims = new List<long>();
        var aStrides = new List<long>();
        var bStrides = new List<long>();
        long aStep = 1, bStep = 1;
        for (int i = 1; i <= result.Rank; i++)
        {
            long n = result[^i];
            bool aVaries = i <= a.Rank && a[^i] != 1, bVaries = i <= b.Rank && b[^i] != 1;
            if (n != 1)
            {
                long aStride = aVaries ? aStep : 0, bStride = bVaries ? bStep : 0;
                if (dims.Count > 0 && aStride == aStrides[^1] * dims[^1] && bStride == bStrides[^1] * dims[^1])
                {
                    dims[^1] *= n;
                }
                else
                {
                    dims.Add(n);
                    aStrides.Add(aStride);
                    bStrides.Add(bStride);
                }
            }
            aStep *= aVaries ? n : 1;
            bStep *= bVaries ? n : 1;
        }
        if (dims.Count == 0)
        {
            dims.Add(1);
            aStrides.Add(0);
            bStrides.Add(0);
        }
        dims.Reverse();
        aStrides.Reverse();
        bStrides.Reverse();
        return new BroadcastLoops([.. dims], [.. aStrides], [.. bStrides]);
    }
}
