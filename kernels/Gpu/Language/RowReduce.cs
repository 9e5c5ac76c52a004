using ILGPU;

namespace SspNative.Kernels.Gpu;

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
