using System.Runtime.CompilerServices;

namespace SspNative.Kernels.Operators;

/// <summary>max(x, 0).</summary>
public readonly struct Relu : IUnaryOperator
{
    public static string Name => "relu";

    public static bool DerivesFromOutput => true;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TVec Invoke<TMath, TVec>(TVec x) where TMath : struct, IMath<TVec> where TVec : struct =>
        TMath.Max(TMath.Zero, x);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TVec Derivative<TMath, TVec>(TVec x, TVec y) where TMath : struct, IMath<TVec> where TVec : struct =>
        TMath.Select(TMath.Less(TMath.Zero, y), TMath.Broadcast(1f), TMath.Zero);
}
