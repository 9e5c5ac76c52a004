namespace SspNative.Kernels.Gpu;

/// <summary>What is reduced: an associative function of two values and what leaves the other as it is.</summary>
internal interface IReduction<T>
    where T : unmanaged
{
    static abstract T Neutral { get; }

    static abstract T Combine(T a, T b);
}

internal readonly struct FloatSum : IReduction<float>
{
    public static float Neutral => 0f;

    public static float Combine(float a, float b) => a + b;
}

internal readonly struct DoubleSum : IReduction<double>
{
    public static double Neutral => 0;

    public static double Combine(double a, double b) => a + b;
}

/// <summary>The larger number; what NaN is combined with is left to chance, as in <see cref="IMath{TVec}.Max"/>.</summary>
internal readonly struct FloatMaximum : IReduction<float>
{
    public static float Neutral => float.NegativeInfinity;

    public static float Combine(float a, float b) => a > b ? a : b;
}

/// <summary>Bits that either has.</summary>
internal readonly struct Either : IReduction<int>
{
    public static int Neutral => 0;

    public static int Combine(int a, int b) => a | b;
}
