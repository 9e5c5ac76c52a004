using System.Runtime.CompilerServices;

namespace SspNative.Kernels;

/// <summary>One lane: an operator as a plain function of a number, and the bits that every other width must give.</summary>
public readonly struct ScalarMath : IMath<float>
{
    public static float Zero => 0f;

    public static float Broadcast(float x) => x;

    public static float Add(float a, float b) => a + b;

    public static float Sub(float a, float b) => a - b;

    public static float Mul(float a, float b) => a * b;

    public static float Div(float a, float b) => a / b;

    public static float Fma(float a, float b, float c) => MathF.FusedMultiplyAdd(a, b, c);

    public static float Max(float a, float b) => a > b ? a : b;

    public static float Min(float a, float b) => a < b ? a : b;

    public static float Sqrt(float a) => MathF.Sqrt(a);

    public static float Abs(float a) => MathF.Abs(a);

    public static float Round(float a) => MathF.Round(a);

    public static float Scale(float x, float n)
    {
        // Two factors of half the exponent each, so that 2ⁿ itself need not be a normal float.
        int i = (int)Min(Max(n, -252f), 254f), half = i >> 1;
        return x * PowerOfTwo(half) * PowerOfTwo(i - half);
    }

    /// <summary>1 or 0: as a float, a mask of set bits would be NaN.</summary>
    public static float Less(float a, float b) => a < b ? 1f : 0f;

    public static float Select(float mask, float a, float b) => mask != 0f ? a : b;

    public static (float Mantissa, float Exponent) Split(float x)
    {
        int bits = Unsafe.BitCast<float, int>(x), exponent = (bits - IMath<float>.RootHalf) >> 23;
        return (Unsafe.BitCast<int, float>(bits - (exponent << 23)), exponent);
    }

    private static float PowerOfTwo(int n) => Unsafe.BitCast<int, float>((n + 127) << 23);
}
