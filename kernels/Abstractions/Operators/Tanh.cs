using System.Runtime.CompilerServices;

namespace SspNative.Kernels.Operators;

/// <summary>tanh x.</summary>
public readonly struct Tanh : IUnaryOperator
{
    public static string Name => "tanh";

    public static bool DerivesFromOutput => true;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TVec Invoke<TMath, TVec>(TVec x) where TMath : struct, IMath<TVec> where TVec : struct =>
        VectorMath<TMath, TVec>.Tanh(x);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TVec Derivative<TMath, TVec>(TVec x, TVec y) where TMath : struct, IMath<TVec> where TVec : struct =>
        TMath.Sub(TMath.Broadcast(1f), TMath.Mul(y, y));
}
