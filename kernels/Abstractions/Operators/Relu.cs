using System.Runtime.CompilerServices;

namespace SspNative.Kernels.Operators;

/// <summary>max(x, 0).</summary>
public readonly struct Relu : IUnaryOperator
{
    public static string Name => "relu";

    public static bool DerivesFromOutput => true;

    public static float Invoke(float x) => x < 0 ? 0f : x;

    public static float Derivative(float x, float y) => y > 0 ? 1f : 0f;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TVec Invoke<TSimd, TVec>(TVec x) where TSimd : struct, ISimd<TVec> where TVec : struct =>
        TSimd.Max(TSimd.Zero, x);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TVec Derivative<TSimd, TVec>(TVec x, TVec y) where TSimd : struct, ISimd<TVec> where TVec : struct =>
        TSimd.Select(TSimd.Less(TSimd.Zero, y), TSimd.Broadcast(1f), TSimd.Zero);
}
