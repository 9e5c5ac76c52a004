using ILGPU;

namespace SspNative.Kernels.Gpu;

/// <summary>One thread's lane, with the bits of <see cref="ScalarMath"/>. Nothing is flushed to zero or approximated.</summary>
internal readonly struct LaneMath : IMath<float>
{
    public static float Zero => 0f;

    public static float Broadcast(float x) => x;

    public static float Add(float a, float b) => Instructions.Add(a, b);

    public static float Sub(float a, float b) => Instructions.Sub(a, b);

    public static float Mul(float a, float b) => Instructions.Mul(a, b);

    public static float Div(float a, float b) => Instructions.Div(a, b);

    public static float Fma(float a, float b, float c) => Instructions.Fma(a, b, c);

    // Not MathF.Max and Min, which drop NaN on PTX.
    public static float Max(float a, float b) => a > b ? a : b;

    public static float Min(float a, float b) => a < b ? a : b;

    public static float Sqrt(float a) => Instructions.Sqrt(a);

    public static float Abs(float a) => Interop.IntAsFloat(Interop.FloatAsInt(a) & 0x7fffffffu);

    public static float Round(float a)
    {
        // From 2²³ on every float is an integer. Below, adding and subtracting 1.5 · 2²³ rounds to even, and the sign of a zero is lost but for this.
        float magnitude = Abs(a), rounded = Instructions.Sub(Instructions.Add(magnitude, 8388608f), 8388608f);
        return magnitude < 8388608f ? Interop.IntAsFloat(Interop.FloatAsInt(rounded) | (Interop.FloatAsInt(a) & 0x80000000u)) : a;
    }

    public static float Scale(float x, float n)
    {
        int i = (int)Min(Max(n, -252f), 254f), half = i >> 1;
        return Instructions.Mul(Instructions.Mul(x, PowerOfTwo(half)), PowerOfTwo(i - half));
    }

    public static float Less(float a, float b) => a < b ? 1f : 0f;

    public static float Select(float mask, float a, float b) => mask != 0f ? a : b;

    public static (float Mantissa, float Exponent) Split(float x)
    {
        int bits = (int)Interop.FloatAsInt(x), exponent = (bits - IMath<float>.RootHalf) >> 23;
        return (Interop.IntAsFloat((uint)(bits - (exponent << 23))), exponent);
    }

    private static float PowerOfTwo(int n) => Interop.IntAsFloat((uint)((n + 127) << 23));
}
