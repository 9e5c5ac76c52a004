using System.Runtime.CompilerServices;

namespace SspNative.Kernels.Operators;

/// <summary>1 / (1 + e⁻ˣ).</summary>
public readonly struct Sigmoid : IUnaryOperator
{
    public static string Name => "sigmoid";

    public static bool DerivesFromOutput => true;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TVec Invoke<TMath, TVec>(TVec x) where TMath : struct, IMath<TVec> where TVec : struct =>
        VectorMath<TMath, TVec>.Sigmoid(x);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TVec Derivative<TMath, TVec>(TVec x, TVec y) where TMath : struct, IMath<TVec> where TVec : struct =>
        TMath.Mul(y, TMath.Sub(TMath.Broadcast(1f), y));
}
