namespace SspNative.Kernels.Cpu;

/// <summary>
/// One instruction set's vector of floats. Every CPU kernel is written once, generic over this contract, and compiled by
/// the JIT for each instruction set: there is one source for AVX-512, AVX2 and the portable path.
/// </summary>
/// <typeparam name="TVec">The vector type: <c>Vector512&lt;float&gt;</c>, <c>Vector256&lt;float&gt;</c> or <c>Vector&lt;float&gt;</c>.</typeparam>
public unsafe interface ISimd<TVec> : IMath<TVec>
    where TVec : struct
{
    /// <summary>Lanes of a vector.</summary>
    static abstract int Width { get; }

    /// <summary>Rows of the GEMM register tile: as many as its two columns of accumulators leave registers for.</summary>
    static abstract int TileRows { get; }

    static abstract TVec Load(float* p);

    static abstract void Store(float* p, TVec x);

    /// <summary>A mask of the first <paramref name="n"/> lanes (all of them from <see cref="Width"/> on), for the ends of rows.</summary>
    static abstract TVec FirstLanes(nint n);

    /// <summary>Loads the lanes in the mask and zeros the others, whose memory is not touched.</summary>
    static abstract TVec LoadMasked(float* p, TVec mask);

    /// <summary>Stores the lanes in the mask; the memory of the others is not touched.</summary>
    static abstract void StoreMasked(float* p, TVec mask, TVec x);

    /// <summary>Widens <see cref="Width"/> numbers of type bf16 to floats.</summary>
    static abstract TVec LoadBFloat16(ushort* p);

    /// <summary>Widens <see cref="Width"/> bytes to floats.</summary>
    static abstract TVec LoadBytes(byte* p);

    /// <summary>Sum of the lanes.</summary>
    static abstract float Sum(TVec a);

    /// <summary>Largest lane.</summary>
    static abstract float MaxLane(TVec a);
}
