using System.Runtime.CompilerServices;

namespace SspNative.Kernels.Operators;

/// <summary>a + b.</summary>
public readonly struct Add : IBinaryOperator
{
    public static string Name => "add";

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TVec Invoke<TMath, TVec>(TVec a, TVec b) where TMath : struct, IMath<TVec> where TVec : struct => TMath.Add(a, b);
}
