namespace SspNative.Kernels;

/// <summary>
/// One instruction set's vector of floats. Every CPU kernel is written once, generic over this contract, and compiled by
/// the JIT for each instruction set: there is one source for AVX-512, AVX2 and the portable path.
/// </summary>
/// <typeparam name="TVec">The vector type: <c>Vector512&lt;float&gt;</c>, <c>Vector256&lt;float&gt;</c> or <c>Vector&lt;float&gt;</c>.</typeparam>
public unsafe interface ISimd<TVec>
    where TVec : struct
{
    /// <summary>Lanes of a vector.</summary>
    static abstract int Width { get; }

    /// <summary>Rows of the GEMM register tile: as many as its two columns of accumulators leave registers for.</summary>
    static abstract int TileRows { get; }

    static abstract TVec Zero { get; }

    static abstract TVec Broadcast(float x);

    static abstract TVec Load(float* p);

    static abstract void Store(float* p, TVec x);

    /// <summary>A mask of the first <paramref name="n"/> lanes (all of them from <see cref="Width"/> on), for the ends of rows.</summary>
    static abstract TVec FirstLanes(nint n);

    /// <summary>Loads the lanes in the mask and zeros the others, whose memory is not touched.</summary>
    static abstract TVec LoadMasked(float* p, TVec mask);

    /// <summary>Stores the lanes in the mask; the memory of the others is not touched.</summary>
    static abstract void StoreMasked(float* p, TVec mask, TVec x);

    /// <summary>Widens <see cref="Width"/> bytes to floats.</summary>
    static abstract TVec LoadBytes(byte* p);

    static abstract TVec Add(TVec a, TVec b);

    static abstract TVec Sub(TVec a, TVec b);

    static abstract TVec Mul(TVec a, TVec b);

    static abstract TVec Div(TVec a, TVec b);

    /// <summary>a·b + c, rounded once where the machine can.</summary>
    static abstract TVec Fma(TVec a, TVec b, TVec c);

    /// <summary>The larger; <paramref name="b"/> when either is NaN.</summary>
    static abstract TVec Max(TVec a, TVec b);

    /// <summary>The smaller; <paramref name="b"/> when either is NaN.</summary>
    static abstract TVec Min(TVec a, TVec b);

    static abstract TVec Sqrt(TVec a);

    static abstract TVec Abs(TVec a);

    /// <summary>To the nearest integer, ties to even.</summary>
    static abstract TVec Round(TVec a);

    /// <summary>x · 2ⁿ for integral n; underflows to zero and overflows to infinity.</summary>
    static abstract TVec Scale(TVec x, TVec n);

    /// <summary>All bits set in the lanes where a &lt; b.</summary>
    static abstract TVec Less(TVec a, TVec b);

    /// <summary>Lane by lane: <paramref name="a"/> where the mask is set, else <paramref name="b"/>.</summary>
    static abstract TVec Select(TVec mask, TVec a, TVec b);

    static abstract TVec Log(TVec a);

    /// <summary>Sum of the lanes.</summary>
    static abstract float Sum(TVec a);

    /// <summary>Largest lane.</summary>
    static abstract float MaxLane(TVec a);
}
