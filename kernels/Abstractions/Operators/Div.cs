using System.Runtime.CompilerServices;

namespace SspNative.Kernels.Operators;

/// <summary>a / b.</summary>
public readonly struct Div : IBinaryOperator
{
    public static string Name => "div";

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TVec Invoke<TMath, TVec>(TVec a, TVec b) where TMath : struct, IMath<TVec> where TVec : struct => TMath.Div(a, b);
}
