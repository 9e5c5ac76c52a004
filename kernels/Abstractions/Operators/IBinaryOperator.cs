using System.Runtime.CompilerServices;

namespace SspNative.Kernels.Operators;

/// <summary>One elementwise function of two arguments.</summary>
public interface IBinaryOperator
{
    static abstract string Name { get; }

    static abstract float Invoke(float a, float b);

    static abstract TVec Invoke<TSimd, TVec>(TVec a, TVec b)
        where TSimd : struct, ISimd<TVec>
        where TVec : struct;
}

/// <summary>a + b.</summary>
public readonly struct Add : IBinaryOperator
{
    public static string Name => "add";

    public static float Invoke(float a, float b) => a + b;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TVec Invoke<TSimd, TVec>(TVec a, TVec b) where TSimd : struct, ISimd<TVec> where TVec : struct => TSimd.Add(a, b);
}

/// <summary>a − b.</summary>
public readonly struct Sub : IBinaryOperator
{
    public static string Name => "sub";

    public static float Invoke(float a, float b) => a - b;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TVec Invoke<TSimd, TVec>(TVec a, TVec b) where TSimd : struct, ISimd<TVec> where TVec : struct => TSimd.Sub(a, b);
}

/// <summary>a · b.</summary>
public readonly struct Mul : IBinaryOperator
{
    public static string Name => "mul";

    public static float Invoke(float a, float b) => a * b;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TVec Invoke<TSimd, TVec>(TVec a, TVec b) where TSimd : struct, ISimd<TVec> where TVec : struct => TSimd.Mul(a, b);
}

/// <summary>a / b.</summary>
public readonly struct Div : IBinaryOperator
{
    public static string Name => "div";

    public static float Invoke(float a, float b) => a / b;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TVec Invoke<TSimd, TVec>(TVec a, TVec b) where TSimd : struct, ISimd<TVec> where TVec : struct => TSimd.Div(a, b);
}
