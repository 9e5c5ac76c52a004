using System.Runtime.CompilerServices;

namespace SspNative.Kernels.Operators;

/// <summary>x · sigmoid(1.702 x).</summary>
public readonly struct QuickGelu : IUnaryOperator
{
    public static string Name => "quick_gelu";

    public static bool DerivesFromOutput => false;

    public static float Invoke(float x) => x / (1f + MathF.Exp(-1.702f * x));

    public static float Derivative(float x, float y)
    {
        float s = 1f / (1f + MathF.Exp(-1.702f * x));
        return s + 1.702f * x * s * (1f - s);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TVec Invoke<TSimd, TVec>(TVec x) where TSimd : struct, ISimd<TVec> where TVec : struct =>
        TSimd.Mul(x, VectorMath<TSimd, TVec>.Sigmoid(TSimd.Mul(TSimd.Broadcast(1.702f), x)));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TVec Derivative<TSimd, TVec>(TVec x, TVec y) where TSimd : struct, ISimd<TVec> where TVec : struct
    {
        TVec s = VectorMath<TSimd, TVec>.Sigmoid(TSimd.Mul(TSimd.Broadcast(1.702f), x));
        TVec slope = TSimd.Mul(TSimd.Mul(TSimd.Broadcast(1.702f), x), TSimd.Sub(TSimd.Broadcast(1f), s));
        return TSimd.Fma(slope, s, s);
    }
}
