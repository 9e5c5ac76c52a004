using System.Runtime.CompilerServices;

namespace SspNative.Kernels.Operators;

/// <summary>x · Φ(x), the exact (erf) form.</summary>
public readonly struct Gelu : IUnaryOperator
{
    public static string Name => "gelu";

    public static bool DerivesFromOutput => false;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TVec Invoke<TMath, TVec>(TVec x) where TMath : struct, IMath<TVec> where TVec : struct =>
        TMath.Mul(x, VectorMath<TMath, TVec>.Normal(x).Cdf);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TVec Derivative<TMath, TVec>(TVec x, TVec y) where TMath : struct, IMath<TVec> where TVec : struct
    {
        (TVec cdf, TVec pdf) = VectorMath<TMath, TVec>.Normal(x);
        return TMath.Fma(x, pdf, cdf);
    }
}
