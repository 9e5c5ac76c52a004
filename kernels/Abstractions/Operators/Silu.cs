using System.Runtime.CompilerServices;

namespace SspNative.Kernels.Operators;

/// <summary>x · sigmoid(x).</summary>
public readonly struct Silu : IUnaryOperator
{
    public static string Name => "silu";

    public static bool DerivesFromOutput => false;

    public static float Invoke(float x) => x / (1f + MathF.Exp(-x));

    public static float Derivative(float x, float y)
    {
        float s = 1f / (1f + MathF.Exp(-x));
        return s + x * s * (1f - s);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TVec Invoke<TSimd, TVec>(TVec x) where TSimd : struct, ISimd<TVec> where TVec : struct =>
        TSimd.Mul(x, VectorMath<TSimd, TVec>.Sigmoid(x));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TVec Derivative<TSimd, TVec>(TVec x, TVec y) where TSimd : struct, ISimd<TVec> where TVec : struct
    {
        TVec s = VectorMath<TSimd, TVec>.Sigmoid(x);
        return TSimd.Fma(TSimd.Mul(x, s), TSimd.Sub(TSimd.Broadcast(1f), s), s);
    }
}
