using ILGPU;

namespace SspNative.Kernels.Gpu;

/// <summary>How many neighbouring threads of a group of 256 share a row: a power of two.</summary>
internal interface IRowThreads
{
    static abstract int Count { get; }
}

internal readonly struct Threads8 : IRowThreads
{
    public static int Count => 8;
}

internal readonly struct Threads32 : IRowThreads
{
    public static int Count => 32;
}

internal readonly struct Threads256 : IRowThreads
{
    public static int Count => 256;
}

/// <summary>The longest rows that 8 and 32 threads share; 256 share longer ones.</summary>
internal static class LongestRow
{
    public const int EightThreads = 64, Warp = 1024;
}

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

/// <summary>Reductions over the threads that share a row, as a tree in shared memory: of one order on every device.</summary>
internal static class RowReduce<TThreads>
    where TThreads : struct, IRowThreads
{
    public const int GroupSize = 256;

    /// <summary>Rows of a group.</summary>
    public static int Rows => GroupSize / TThreads.Count;

    /// <summary>The row of this thread within all rows.</summary>
    public static int Row => Grid.IdxX * Rows + Group.IdxX / TThreads.Count;

    /// <summary>The place of this thread among those of its row.</summary>
    public static int Lane => Group.IdxX & (TThreads.Count - 1);

    /// <summary>The combination of the values of all threads of a row, for each of them. Every thread of the group must come here.</summary>
    /// <param name="value">This thread's.</param>
    /// <param name="scratch">256 elements of shared memory.</param>
    public static T All<T, TReduction>(T value, ArrayView<T> scratch)
        where T : unmanaged
        where TReduction : struct, IReduction<T>
    {
        int t = Group.IdxX, lane = Lane;
        scratch[t] = value;
        Instructions.Barrier();
        for (int step = TThreads.Count / 2; step > 0; step >>= 1)
        {
            if (lane < step)
                scratch[t] = TReduction.Combine(scratch[t], scratch[t + step]);
            Instructions.Barrier();
        }
        T all = scratch[t - lane];
        Instructions.Barrier();
        return all;
    }
}
