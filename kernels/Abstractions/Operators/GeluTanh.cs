using System.Runtime.CompilerServices;

namespace SspNative.Kernels.Operators;

/// <summary>x/2 · (1 + tanh(√(2/π)(x + 0.044715 x³))).</summary>
public readonly struct GeluTanh : IUnaryOperator
{
    public static string Name => "gelu_tanh";

    public static bool DerivesFromOutput => false;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TVec Invoke<TMath, TVec>(TVec x) where TMath : struct, IMath<TVec> where TVec : struct =>
        TMath.Mul(x, VectorMath<TMath, TVec>.Sigmoid(Inner<TMath, TVec>(x)));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TVec Derivative<TMath, TVec>(TVec x, TVec y) where TMath : struct, IMath<TVec> where TVec : struct
    {
        TVec one = TMath.Broadcast(1f);
        TVec s = VectorMath<TMath, TVec>.Sigmoid(Inner<TMath, TVec>(x));
        TVec inner = TMath.Mul(TMath.Broadcast(1.5957691216f), TMath.Fma(TMath.Broadcast(0.134145f), TMath.Mul(x, x), one));
        return TMath.Fma(TMath.Mul(TMath.Mul(x, s), TMath.Sub(one, s)), inner, s);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static TVec Inner<TMath, TVec>(TVec x) where TMath : struct, IMath<TVec> where TVec : struct =>
        TMath.Mul(
            TMath.Mul(TMath.Broadcast(1.5957691216f), x),
            TMath.Fma(TMath.Broadcast(0.044715f), TMath.Mul(x, x), TMath.Broadcast(1f)));
}
