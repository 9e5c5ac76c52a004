using System.Runtime.CompilerServices;

namespace SspNative.Kernels.Operators;

/// <summary>1 / (1 + e⁻ˣ).</summary>
public readonly struct Sigmoid : IUnaryOperator
{
    public static string Name => "sigmoid";

    public static bool DerivesFromOutput => true;

    public static float Invoke(float x) => 1f / (1f + MathF.Exp(-x));

    public static float Derivative(float x, float y) => y * (1f - y);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TVec Invoke<TSimd, TVec>(TVec x) where TSimd : struct, ISimd<TVec> where TVec : struct =>
        VectorMath<TSimd, TVec>.Sigmoid(x);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TVec Derivative<TSimd, TVec>(TVec x, TVec y) where TSimd : struct, ISimd<TVec> where TVec : struct =>
        TSimd.Mul(y, TSimd.Sub(TSimd.Broadcast(1f), y));
}
