using System.Runtime.CompilerServices;

namespace SspNative.Kernels.Operators;

/// <summary>ln(1 + eˣ), as max(x, 0) + ln(1 + e^−|x|).</summary>
public readonly struct Softplus : IUnaryOperator
{
    public static string Name => "softplus";

    public static bool DerivesFromOutput => false;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TVec Invoke<TMath, TVec>(TVec x) where TMath : struct, IMath<TVec> where TVec : struct =>
        TMath.Add(
            TMath.Max(TMath.Zero, x),
            VectorMath<TMath, TVec>.Log1P(VectorMath<TMath, TVec>.Exp(TMath.Sub(TMath.Zero, TMath.Abs(x)))));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TVec Derivative<TMath, TVec>(TVec x, TVec y) where TMath : struct, IMath<TVec> where TVec : struct =>
        VectorMath<TMath, TVec>.Sigmoid(x);
}
