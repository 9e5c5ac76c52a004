using System.Runtime.CompilerServices;

namespace SspNative.Kernels.Operators;

/// <summary>−x.</summary>
public readonly struct Neg : IUnaryOperator
{
    public static string Name => "neg";

    public static bool DerivesFromOutput => false;

    public static float Invoke(float x) => -x;

    public static float Derivative(float x, float y) => -1f;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TVec Invoke<TSimd, TVec>(TVec x) where TSimd : struct, ISimd<TVec> where TVec : struct =>
        TSimd.Sub(TSimd.Broadcast(-0f), x);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TVec Derivative<TSimd, TVec>(TVec x, TVec y) where TSimd : struct, ISimd<TVec> where TVec : struct =>
        TSimd.Broadcast(-1f);
}
