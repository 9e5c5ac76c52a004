using System.Runtime.CompilerServices;

namespace SspNative.Kernels.Operators;

/// <summary>√x.</summary>
public readonly struct Sqrt : IUnaryOperator
{
    public static string Name => "sqrt";

    public static bool DerivesFromOutput => true;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TVec Invoke<TMath, TVec>(TVec x) where TMath : struct, IMath<TVec> where TVec : struct =>
        TMath.Sqrt(x);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TVec Derivative<TMath, TVec>(TVec x, TVec y) where TMath : struct, IMath<TVec> where TVec : struct =>
        TMath.Div(TMath.Broadcast(0.5f), y);
}
