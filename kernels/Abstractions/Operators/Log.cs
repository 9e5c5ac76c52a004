using System.Runtime.CompilerServices;

namespace SspNative.Kernels.Operators;

/// <summary>ln x.</summary>
public readonly struct Log : IUnaryOperator
{
    public static string Name => "log";

    public static bool DerivesFromOutput => false;

    public static float Invoke(float x) => MathF.Log(x);

    public static float Derivative(float x, float y) => 1f / x;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TVec Invoke<TSimd, TVec>(TVec x) where TSimd : struct, ISimd<TVec> where TVec : struct =>
        TSimd.Log(x);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TVec Derivative<TSimd, TVec>(TVec x, TVec y) where TSimd : struct, ISimd<TVec> where TVec : struct =>
        TSimd.Div(TSimd.Broadcast(1f), x);
}
