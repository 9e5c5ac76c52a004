using System.Runtime.CompilerServices;

namespace SspNative.Kernels;

/// <summary>Transcendental functions on vectors of any width.</summary>
public static class VectorMath<TMath, TVec>
    where TMath : struct, IMath<TVec>
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
        x = TMath.Min(TMath.Broadcast(89f), TMath.Max(TMath.Broadcast(-104f), x));
        TVec n = TMath.Round(TMath.Mul(x, TMath.Broadcast(1.44269504f)));
        TVec r = TMath.Fma(n, TMath.Broadcast(-0.693359375f), x);
        r = TMath.Fma(n, TMath.Broadcast(2.12194440e-4f), r);
        TVec p = TMath.Broadcast(0.0013926250394433737f);
        p = TMath.Fma(p, r, TMath.Broadcast(0.00836323294788599f));
        p = TMath.Fma(p, r, TMath.Broadcast(0.04166655242443085f));
        p = TMath.Fma(p, r, TMath.Broadcast(0.16666576266288757f));
        p = TMath.Fma(p, r, TMath.Broadcast(0.5f));
        p = TMath.Fma(p, r, TMath.Broadcast(1f));
        p = TMath.Fma(p, r, TMath.Broadcast(1f));
        return TMath.Scale(p, n);
    }

    /// <summary>
    /// ln x within 1 ulp: x = m·2ᵉ, ln m = f − f²/2 + f³·q(f) with f = m − 1 and the polynomial q of Cephes' logf, and e·ln 2 in two parts. ln 0 = −∞;
    /// NaN of negative numbers.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TVec Log(TVec x)
    {
        TVec denormal = TMath.Less(x, TMath.Broadcast(1.17549435e-38f));
        (TVec m, TVec e) = TMath.Split(TMath.Select(denormal, TMath.Mul(x, TMath.Broadcast(8388608f)), x));
        e = TMath.Sub(e, TMath.Select(denormal, TMath.Broadcast(23f), TMath.Zero));
        TVec f = TMath.Sub(m, TMath.Broadcast(1f)), square = TMath.Mul(f, f);
        TVec q = TMath.Broadcast(7.0376836292e-2f);
        q = TMath.Fma(q, f, TMath.Broadcast(-1.1514610310e-1f));
        q = TMath.Fma(q, f, TMath.Broadcast(1.1676998740e-1f));
        q = TMath.Fma(q, f, TMath.Broadcast(-1.2420140846e-1f));
        q = TMath.Fma(q, f, TMath.Broadcast(1.4249322787e-1f));
        q = TMath.Fma(q, f, TMath.Broadcast(-1.6668057665e-1f));
        q = TMath.Fma(q, f, TMath.Broadcast(2.0000714765e-1f));
        q = TMath.Fma(q, f, TMath.Broadcast(-2.4999993993e-1f));
        q = TMath.Fma(q, f, TMath.Broadcast(3.3333331174e-1f));
        TVec small = TMath.Mul(TMath.Mul(f, square), q);
        small = TMath.Fma(e, TMath.Broadcast(-2.12194440e-4f), small);
        small = TMath.Fma(square, TMath.Broadcast(-0.5f), small);
        TVec y = TMath.Fma(e, TMath.Broadcast(0.693359375f), TMath.Add(f, small));
        TVec notPositive = TMath.Select(TMath.Less(x, TMath.Zero), TMath.Broadcast(float.NaN), TMath.Broadcast(float.NegativeInfinity));
        y = TMath.Select(TMath.Less(TMath.Zero, x), y, notPositive);
        return TMath.Select(TMath.Less(x, TMath.Broadcast(float.PositiveInfinity)), y, x);
    }

    /// <summary>1 / (1 + e⁻ˣ).</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TVec Sigmoid(TVec x)
    {
        TVec one = TMath.Broadcast(1f);
        return TMath.Div(one, TMath.Add(one, Exp(TMath.Sub(TMath.Zero, x))));
    }

    /// <summary>
    /// tanh: for |x| &lt; 0.625, where 1 − 2/(e²ˣ+1) would cancel, x + x³·q(x²) with q fitted at Chebyshev nodes, else that.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TVec Tanh(TVec x)
    {
        TVec one = TMath.Broadcast(1f);
        TVec e = Exp(TMath.Add(x, x));
        TVec far = TMath.Sub(one, TMath.Div(TMath.Broadcast(2f), TMath.Add(e, one)));
        TVec s = TMath.Mul(x, x);
        TVec p = TMath.Broadcast(-0.00609671418f);
        p = TMath.Fma(p, s, TMath.Broadcast(0.0209971797f));
        p = TMath.Fma(p, s, TMath.Broadcast(-0.0538509078f));
        p = TMath.Fma(p, s, TMath.Broadcast(0.133327693f));
        p = TMath.Fma(p, s, TMath.Broadcast(-0.333333284f));
        TVec near = TMath.Fma(TMath.Mul(p, s), x, x);
        return TMath.Select(TMath.Less(TMath.Abs(x), TMath.Broadcast(0.625f)), near, far);
    }

    /// <summary>
    /// ln(1 + x) for 0 ≤ x ≤ 1, accurate relative to x: with u = 1 + x rounded, ln u lacks the digits that the rounding
    /// dropped, x − (u − 1), which to first order add their quotient by u.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TVec Log1P(TVec x)
    {
        TVec one = TMath.Broadcast(1f);
        TVec u = TMath.Add(one, x);
        return TMath.Add(Log(u), TMath.Div(TMath.Sub(x, TMath.Sub(u, one)), u));
    }

    /// <summary>
    /// The normal distribution function Φ(x) = erfc(−x/√2)/2 and its density φ(x). With t = 1/(1 + |x|/√8) the scaled
    /// complement erfcx is t times a degree-8 polynomial of t (fitted at Chebyshev nodes, 6e-8 relative), so the negative
    /// tail keeps its relative accuracy.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static (TVec Cdf, TVec Pdf) Normal(TVec x)
    {
        TVec one = TMath.Broadcast(1f);
        TVec a = TMath.Abs(x);
        TVec t = TMath.Div(one, TMath.Fma(a, TMath.Broadcast(0.35355339f), one));
        TVec p = TMath.Broadcast(-0.059338126331567764f);
        p = TMath.Fma(p, t, TMath.Broadcast(0.28597965836524963f));
        p = TMath.Fma(p, t, TMath.Broadcast(-0.490276038646698f));
        p = TMath.Fma(p, t, TMath.Broadcast(0.2817421853542328f));
        p = TMath.Fma(p, t, TMath.Broadcast(-0.029231097549200058f));
        p = TMath.Fma(p, t, TMath.Broadcast(0.20380225777626038f));
        p = TMath.Fma(p, t, TMath.Broadcast(0.24282409250736237f));
        p = TMath.Fma(p, t, TMath.Broadcast(0.2824126183986664f));
        p = TMath.Fma(p, t, TMath.Broadcast(0.2820844054222107f));
        TVec e = Exp(TMath.Mul(TMath.Mul(x, x), TMath.Broadcast(-0.5f)));
        TVec tail = TMath.Mul(TMath.Mul(TMath.Broadcast(0.5f), e), TMath.Mul(p, t));
        TVec cdf = TMath.Select(TMath.Less(x, TMath.Zero), tail, TMath.Sub(one, tail));
        return (cdf, TMath.Mul(e, TMath.Broadcast(0.39894228f)));
    }
}
