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
