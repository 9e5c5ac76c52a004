using System.Runtime.CompilerServices;

namespace SspNative.Kernels.Operators;

/// <summary>√x.</summary>
public readonly struct Sqrt : IUnaryOperator
{
    public static string Name => "sqrt";

    public static bool DerivesFromOutput => true;

    public static float Invoke(float x) => MathF.Sqrt(x);

    public static float Derivative(float x, float y) => 0.5f / y;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TVec Invoke<TSimd, TVec>(TVec x) where TSimd : struct, ISimd<TVec> where TVec : struct =>
        TSimd.Sqrt(x);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TVec Derivative<TSimd, TVec>(TVec x, TVec y) where TSimd : struct, ISimd<TVec> where TVec : struct =>
        TSimd.Div(TSimd.Broadcast(0.5f), y);
}
