using System.Runtime.CompilerServices;

namespace SspNative.Kernels.Operators;

/// <summary>x · Φ(x), the exact (erf) form.</summary>
public readonly struct Gelu : IUnaryOperator
{
    public static string Name => "gelu";

    public static bool DerivesFromOutput => false;

    public static float Invoke(float x) => (float)(0.5 * x * SpecialFunctions.Erfc(-x * Math.Sqrt(0.5)));

    public static float Derivative(float x, float y)
    {
        double cdf = 0.5 * SpecialFunctions.Erfc(-x * Math.Sqrt(0.5));
        return (float)(cdf + x * Math.Exp(-0.5 * x * x) / Math.Sqrt(2 * Math.PI));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TVec Invoke<TSimd, TVec>(TVec x) where TSimd : struct, ISimd<TVec> where TVec : struct =>
        TSimd.Mul(x, VectorMath<TSimd, TVec>.Normal(x).Cdf);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TVec Derivative<TSimd, TVec>(TVec x, TVec y) where TSimd : struct, ISimd<TVec> where TVec : struct
    {
        (TVec cdf, TVec pdf) = VectorMath<TSimd, TVec>.Normal(x);
        return TSimd.Fma(x, pdf, cdf);
    }
}
