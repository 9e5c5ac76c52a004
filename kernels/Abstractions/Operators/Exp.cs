using System.Runtime.CompilerServices;

namespace SspNative.Kernels.Operators;

/// <summary>eˣ.</summary>
public readonly struct Exp : IUnaryOperator
{
    public static string Name => "exp";

    public static bool DerivesFromOutput => true;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TVec Invoke<TMath, TVec>(TVec x) where TMath : struct, IMath<TVec> where TVec : struct =>
        VectorMath<TMath, TVec>.Exp(x);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TVec Derivative<TMath, TVec>(TVec x, TVec y) where TMath : struct, IMath<TVec> where TVec : struct =>
        y;
}
