using System.Runtime.CompilerServices;

namespace SspNative.Kernels.Operators;

/// <summary>a · b.</summary>
public readonly struct Mul : IBinaryOperator
{
    public static string Name => "mul";

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TVec Invoke<TMath, TVec>(TVec a, TVec b) where TMath : struct, IMath<TVec> where TVec : struct => TMath.Mul(a, b);
}
