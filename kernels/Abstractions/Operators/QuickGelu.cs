using System.Runtime.CompilerServices;

namespace SspNative.Kernels.Operators;

/// <summary>x · sigmoid(1.702 x).</summary>
public readonly struct QuickGelu : IUnaryOperator
{
    public static string Name => "quick_gelu";

    public static bool DerivesFromOutput => false;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TVec Invoke<TMath, TVec>(TVec x) where TMath : struct, IMath<TVec> where TVec : struct =>
        TMath.Mul(x, VectorMath<TMath, TVec>.Sigmoid(TMath.Mul(TMath.Broadcast(1.702f), x)));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TVec Derivative<TMath, TVec>(TVec x, TVec y) where TMath : struct, IMath<TVec> where TVec : struct
    {
        TVec s = VectorMath<TMath, TVec>.Sigmoid(TMath.Mul(TMath.Broadcast(1.702f), x));
        TVec slope = TMath.Mul(TMath.Mul(TMath.Broadcast(1.702f), x), TMath.Sub(TMath.Broadcast(1f), s));
        return TMath.Fma(slope, s, s);
    }
}
