namespace SspNative.Kernels;

/// <summary>
/// Arithmetic on one vector of floats, of whatever width: 16, 8 or some lanes of a processor, one lane of a GPU or of <see cref="ScalarMath"/>.
/// Operators and <see cref="VectorMath{TMath, TVec}"/> are written once over it, and give the same bits everywhere.
/// </summary>
/// <typeparam name="TVec">The vector type.</typeparam>
public interface IMath<TVec>
    where TVec : struct
{
    static abstract TVec Zero { get; }

    static abstract TVec Broadcast(float x);

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

    /// <summary>The nearest integer, ties to even.</summary>
    static abstract TVec Round(TVec a);

    /// <summary>x · 2ⁿ for integral n; underflows to zero and overflows to infinity.</summary>
    static abstract TVec Scale(TVec x, TVec n);

    /// <summary>A mask for <see cref="Select"/> of the lanes where a &lt; b.</summary>
    static abstract TVec Less(TVec a, TVec b);

    /// <summary>Lane by lane: <paramref name="a"/> where the mask is set, else <paramref name="b"/>.</summary>
    static abstract TVec Select(TVec mask, TVec a, TVec b);

    /// <summary>x = mantissa · 2^exponent with a mantissa in [√½, √2) and an integral exponent, of a normal positive x; of others, anything.</summary>
    static abstract (TVec Mantissa, TVec Exponent) Split(TVec x);

    /// <summary>The bits of √½: what a positive float's bits exceed it by has the exponent of <see cref="Split"/> in its upper nine bits.</summary>
    protected internal const int RootHalf = 0x3f3504f3;
}
