namespace SspNative.Kernels.Gpu;

/// <summary>The windows, along one side, that a position lies in.</summary>
internal readonly struct PoolWindows(int first, int end)
{
    public int First => first;

    public int End => end;

    public static PoolWindows Around(int position, in PoolShape s, int windows)
    {
        int end = position / s.Stride + 1;
        return new PoolWindows(position < s.Kernel ? 0 : (position - s.Kernel) / s.Stride + 1, end < windows ? end : windows);
    }
}
