namespace SspNative.Kernels.Cpu;

/// <summary>How products are cut.</summary>
internal static class Blocking
{
    /// <summary>The longest block of k: a panel of B (k × 32 floats: 32 KB) stays in a 48 KB L1 while panels of A (12 KB) pass by.</summary>
    public const int MaxK = 256;

    /// <summary>The length and number of blocks of k. They depend on K alone, and so does the order in which an element is summed.</summary>
    public static (int Length, int Count) OfK(int k)
    {
        int count = Math.Max(1, CeilDivide(k, MaxK));
        return (Math.Max(1, RoundUp(CeilDivide(k, count), 8)), count);
    }

    public static int CeilDivide(int a, int b) => (a + b - 1) / b;

    public static int RoundUp(int a, int b) => CeilDivide(a, b) * b;
}
