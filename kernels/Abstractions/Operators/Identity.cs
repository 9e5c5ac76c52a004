using System.Runtime.CompilerServices;

namespace SspNative.Kernels.Operators;

/// <summary>x, where there is no activation. No kernel of its own is made of it.</summary>
internal readonly struct Identity : IUnaryOperator
{
    public static string Name => "identity";

    public static bool DerivesFromOutput => false;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TVec Invoke<TMath, TVec>(TVec x) where TMath : struct, IMath<TVec> where TVec : struct => x;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TVec Derivative<TMath, TVec>(TVec x, TVec y) where TMath : struct, IMath<TVec> where TVec : struct => TMath.Broadcast(1f);
}
