using System.Runtime.CompilerServices;

namespace SspNative.Kernels.Operators;

/// <summary>x · sigmoid(x).</summary>
public readonly struct Silu : IUnaryOperator
{
    public static string Name => "silu";

    public static bool DerivesFromOutput => false;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TVec Invoke<TMath, TVec>(TVec x) where TMath : struct, IMath<TVec> where TVec : struct =>
        TMath.Mul(x, VectorMath<TMath, TVec>.Sigmoid(x));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TVec Derivative<TMath, TVec>(TVec x, TVec y) where TMath : struct, IMath<TVec> where TVec : struct
    {
        TVec s = VectorMath<TMath, TVec>.Sigmoid(x);
        return TMath.Fma(TMath.Mul(x, s), TMath.Sub(TMath.Broadcast(1f), s), s);
    }
}
