using ILGPU;

namespace SspNative.Kernels.Gpu;

internal sealed partial class GpuKernels
{
    // As many at most as one group adds up.
    private const int MostParts = 256;

    /// <summary>Parts of equal length, by the count alone.</summary>
    private static (int Parts, int Length) Parts(long count)
    {
        long length = Math.Max(4096, Groups(count, MostParts));
        return ((int)Groups(count, (int)length), (int)length);
    }
}

/// <summary>What of each element is reduced.</summary>
internal interface ITerm<T>
    where T : unmanaged
{
    static abstract T Of(float x);
}

/// <summary>The reduction of each part of a long array, a group a part.</summary>
internal readonly struct PartsKernel<T, TTerm, TReduction>(ArrayView<float> x, int count, int length, ArrayView<T> parts) : IGpuKernel
    where T : unmanaged
    where TTerm : struct, ITerm<T>
    where TReduction : struct, IReduction<T>
{
    public static int GroupSize => RowReduce<Threads256>.GroupSize;

    public void Run()
    {
        ArrayView<T> scratch = SharedMemory.Allocate<T>(RowReduce<Threads256>.GroupSize);
        long first = (long)Grid.IdxX * length, end = IntrinsicMath.Min(first + length, count);
        T all = TReduction.Neutral;
        for (long i = first + Group.IdxX; i < end; i += Group.DimX)
            all = TReduction.Combine(all, TTerm.Of(x[i]));
        all = RowReduce<Threads256>.All<T, TReduction>(all, scratch);
        if (Group.IdxX == 0)
            parts[Grid.IdxX] = all;
    }
}
