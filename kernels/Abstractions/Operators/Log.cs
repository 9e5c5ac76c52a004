using System.Runtime.CompilerServices;

namespace SspNative.Kernels.Operators;

/// <summary>ln x.</summary>
public readonly struct Log : IUnaryOperator
{
    public static string Name => "log";

    public static bool DerivesFromOutput => false;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TVec Invoke<TMath, TVec>(TVec x) where TMath : struct, IMath<TVec> where TVec : struct =>
        VectorMath<TMath, TVec>.Log(x);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TVec Derivative<TMath, TVec>(TVec x, TVec y) where TMath : struct, IMath<TVec> where TVec : struct =>
        TMath.Div(TMath.Broadcast(1f), x);
}
