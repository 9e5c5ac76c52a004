using System.Runtime.CompilerServices;

namespace SspNative.Kernels.Operators;

/// <summary>tanh x.</summary>
public readonly struct Tanh : IUnaryOperator
{
    public static string Name => "tanh";

    public static bool DerivesFromOutput => true;

    public static float Invoke(float x) => MathF.Tanh(x);

    public static float Derivative(float x, float y) => 1f - y * y;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TVec Invoke<TSimd, TVec>(TVec x) where TSimd : struct, ISimd<TVec> where TVec : struct =>
        VectorMath<TSimd, TVec>.Tanh(x);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TVec Derivative<TSimd, TVec>(TVec x, TVec y) where TSimd : struct, ISimd<TVec> where TVec : struct =>
        TSimd.Sub(TSimd.Broadcast(1f), TSimd.Mul(y, y));
}
