using System.Runtime.CompilerServices;

namespace SspNative.Kernels.Operators;

/// <summary>ln(1 + eˣ), as max(x, 0) + ln(1 + e^−|x|).</summary>
public readonly struct Softplus : IUnaryOperator
{
    public static string Name => "softplus";

    public static bool DerivesFromOutput => false;

    public static float Invoke(float x)
    {
        // With u = 1 + e rounded, (e − (u − 1))/u restores what the rounding dropped, so that tiny e survive.
        float e = MathF.Exp(-MathF.Abs(x)), u = 1f + e;
        return MathF.Max(x, 0f) + MathF.Log(u) + (e - (u - 1f)) / u;
    }

    public static float Derivative(float x, float y) => 1f / (1f + MathF.Exp(-x));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TVec Invoke<TSimd, TVec>(TVec x) where TSimd : struct, ISimd<TVec> where TVec : struct =>
        TSimd.Add(
            TSimd.Max(TSimd.Zero, x),
            VectorMath<TSimd, TVec>.Log1P(VectorMath<TSimd, TVec>.Exp(TSimd.Sub(TSimd.Zero, TSimd.Abs(x)))));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TVec Derivative<TSimd, TVec>(TVec x, TVec y) where TSimd : struct, ISimd<TVec> where TVec : struct =>
        VectorMath<TSimd, TVec>.Sigmoid(x);
}
