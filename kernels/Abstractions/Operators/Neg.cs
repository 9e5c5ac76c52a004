using System.Runtime.CompilerServices;

namespace SspNative.Kernels.Operators;

/// <summary>−x.</summary>
public readonly struct Neg : IUnaryOperator
{
    public static string Name => "neg";

    public static bool DerivesFromOutput => false;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TVec Invoke<TMath, TVec>(TVec x) where TMath : struct, IMath<TVec> where TVec : struct =>
        TMath.Sub(TMath.Broadcast(-0f), x);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TVec Derivative<TMath, TVec>(TVec x, TVec y) where TMath : struct, IMath<TVec> where TVec : struct =>
        TMath.Broadcast(-1f);
}
