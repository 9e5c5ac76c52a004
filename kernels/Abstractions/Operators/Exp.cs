using System.Runtime.CompilerServices;

namespace SspNative.Kernels.Operators;

/// <summary>eˣ.</summary>
public readonly struct Exp : IUnaryOperator
{
    public static string Name => "exp";

    public static bool DerivesFromOutput => true;

    public static float Invoke(float x) => MathF.Exp(x);

    public static float Derivative(float x, float y) => y;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TVec Invoke<TSimd, TVec>(TVec x) where TSimd : struct, ISimd<TVec> where TVec : struct =>
        VectorMath<TSimd, TVec>.Exp(x);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TVec Derivative<TSimd, TVec>(TVec x, TVec y) where TSimd : struct, ISimd<TVec> where TVec : struct =>
        y;
}
