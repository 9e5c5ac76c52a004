using System.Runtime.CompilerServices;

namespace SspNative.Kernels.Operators;

/// <summary>x/2 · (1 + tanh(√(2/π)(x + 0.044715 x³))).</summary>
public readonly struct GeluTanh : IUnaryOperator
{
    public static string Name => "gelu_tanh";

    public static bool DerivesFromOutput => false;

    // (1 + tanh(a)) / 2 = sigmoid(2a), which does not cancel where tanh is near −1.
    public static float Invoke(float x) => x / (1f + MathF.Exp(-1.5957691216f * x * (1f + 0.044715f * x * x)));

    public static float Derivative(float x, float y)
    {
        float s = 1f / (1f + MathF.Exp(-1.5957691216f * x * (1f + 0.044715f * x * x)));
        return s + x * s * (1f - s) * 1.5957691216f * (1f + 0.134145f * x * x);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TVec Invoke<TSimd, TVec>(TVec x) where TSimd : struct, ISimd<TVec> where TVec : struct =>
        TSimd.Mul(x, VectorMath<TSimd, TVec>.Sigmoid(Inner<TSimd, TVec>(x)));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TVec Derivative<TSimd, TVec>(TVec x, TVec y) where TSimd : struct, ISimd<TVec> where TVec : struct
    {
        TVec one = TSimd.Broadcast(1f);
        TVec s = VectorMath<TSimd, TVec>.Sigmoid(Inner<TSimd, TVec>(x));
        TVec inner = TSimd.Mul(TSimd.Broadcast(1.5957691216f), TSimd.Fma(TSimd.Broadcast(0.134145f), TSimd.Mul(x, x), one));
        return TSimd.Fma(TSimd.Mul(TSimd.Mul(x, s), TSimd.Sub(one, s)), inner, s);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static TVec Inner<TSimd, TVec>(TVec x) where TSimd : struct, ISimd<TVec> where TVec : struct =>
        TSimd.Mul(
            TSimd.Mul(TSimd.Broadcast(1.5957691216f), x),
            TSimd.Fma(TSimd.Broadcast(0.044715f), TSimd.Mul(x, x), TSimd.Broadcast(1f)));
}
