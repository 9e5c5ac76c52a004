using System.Runtime.CompilerServices;

namespace SspNative.Kernels;

/// <summary>Transcendental functions for any instruction set, and their scalar twins.</summary>
public static class VectorMath<TSimd, TVec>
    where TSimd : struct, ISimd<TVec>
    where TVec : struct
{
    /// <summary>
    /// eˣ within 1 ulp on the normal range: x = n·ln 2 + r with |r| ≤ ln 2 / 2 (ln 2 in two parts), a degree-6 polynomial
    /// 1 + r + r²·q(r) with q fitted at Chebyshev nodes (3e-9 relative), scaled by 2ⁿ.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TVec Exp(TVec x)
    {
        // The constant comes first so that NaN passes through: the second operand wins an unordered comparison.
        x = TSimd.Min(TSimd.Broadcast(89f), TSimd.Max(TSimd.Broadcast(-104f), x));
        TVec n = TSimd.Round(TSimd.Mul(x, TSimd.Broadcast(1.44269504f)));
        TVec r = TSimd.Fma(n, TSimd.Broadcast(-0.693359375f), x);
        r = TSimd.Fma(n, TSimd.Broadcast(2.12194440e-4f), r);
        TVec p = TSimd.Broadcast(0.0013926250394433737f);
        p = TSimd.Fma(p, r, TSimd.Broadcast(0.00836323294788599f));
        p = TSimd.Fma(p, r, TSimd.Broadcast(0.04166655242443085f));
        p = TSimd.Fma(p, r, TSimd.Broadcast(0.16666576266288757f));
        p = TSimd.Fma(p, r, TSimd.Broadcast(0.5f));
        p = TSimd.Fma(p, r, TSimd.Broadcast(1f));
        p = TSimd.Fma(p, r, TSimd.Broadcast(1f));
        return TSimd.Scale(p, n);
    }

    /// <summary>1 / (1 + e⁻ˣ).</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TVec Sigmoid(TVec x)
    {
        TVec one = TSimd.Broadcast(1f);
        return TSimd.Div(one, TSimd.Add(one, Exp(TSimd.Sub(TSimd.Zero, x))));
    }

    /// <summary>
    /// tanh: for |x| &lt; 0.625, where 1 − 2/(e²ˣ+1) would cancel, x + x³·q(x²) with q fitted at Chebyshev nodes, else that.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TVec Tanh(TVec x)
    {
        TVec one = TSimd.Broadcast(1f);
        TVec e = Exp(TSimd.Add(x, x));
        TVec far = TSimd.Sub(one, TSimd.Div(TSimd.Broadcast(2f), TSimd.Add(e, one)));
        TVec s = TSimd.Mul(x, x);
        TVec p = TSimd.Broadcast(-0.00609671418f);
        p = TSimd.Fma(p, s, TSimd.Broadcast(0.0209971797f));
        p = TSimd.Fma(p, s, TSimd.Broadcast(-0.0538509078f));
        p = TSimd.Fma(p, s, TSimd.Broadcast(0.133327693f));
        p = TSimd.Fma(p, s, TSimd.Broadcast(-0.333333284f));
        TVec near = TSimd.Fma(TSimd.Mul(p, s), x, x);
        return TSimd.Select(TSimd.Less(TSimd.Abs(x), TSimd.Broadcast(0.625f)), near, far);
    }

    /// <summary>
    /// ln(1 + x) for 0 ≤ x ≤ 1, accurate relative to x: with u = 1 + x rounded, ln u lacks the digits that the rounding
    /// dropped, x − (u − 1), which to first order add their quotient by u.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TVec Log1P(TVec x)
    {
        TVec one = TSimd.Broadcast(1f);
        TVec u = TSimd.Add(one, x);
        return TSimd.Add(TSimd.Log(u), TSimd.Div(TSimd.Sub(x, TSimd.Sub(u, one)), u));
    }

    /// <summary>
    /// The normal distribution function Φ(x) = erfc(−x/√2)/2 and its density φ(x). With t = 1/(1 + |x|/√8) the scaled
    /// complement erfcx is t times a degree-8 polynomial of t (fitted at Chebyshev nodes, 6e-8 relative), so the negative
    /// tail keeps its relative accuracy.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static (TVec Cdf, TVec Pdf) Normal(TVec x)
    {
        TVec one = TSimd.Broadcast(1f);
        TVec a = TSimd.Abs(x);
        TVec t = TSimd.Div(one, TSimd.Fma(a, TSimd.Broadcast(0.35355339f), one));
        TVec p = TSimd.Broadcast(-0.059338126331567764f);
        p = TSimd.Fma(p, t, TSimd.Broadcast(0.28597965836524963f));
        p = TSimd.Fma(p, t, TSimd.Broadcast(-0.490276038646698f));
        p = TSimd.Fma(p, t, TSimd.Broadcast(0.2817421853542328f));
        p = TSimd.Fma(p, t, TSimd.Broadcast(-0.029231097549200058f));
        p = TSimd.Fma(p, t, TSimd.Broadcast(0.20380225777626038f));
        p = TSimd.Fma(p, t, TSimd.Broadcast(0.24282409250736237f));
        p = TSimd.Fma(p, t, TSimd.Broadcast(0.2824126183986664f));
        p = TSimd.Fma(p, t, TSimd.Broadcast(0.2820844054222107f));
        TVec e = Exp(TSimd.Mul(TSimd.Mul(x, x), TSimd.Broadcast(-0.5f)));
        TVec tail = TSimd.Mul(TSimd.Mul(TSimd.Broadcast(0.5f), e), TSimd.Mul(p, t));
        TVec cdf = TSimd.Select(TSimd.Less(x, TSimd.Zero), tail, TSimd.Sub(one, tail));
        return (cdf, TSimd.Mul(e, TSimd.Broadcast(0.39894228f)));
    }
}
