using ILGPU;

namespace SspNative.Kernels.Gpu;

/// <summary>Reductions over eight neighbouring threads, each with four values: every thread gets the result. All threads of the group must come here.</summary>
internal interface IEightThreads
{
    /// <param name="x">This thread's.</param>
    /// <param name="scratch">A quad of shared memory for each thread of the group, which no thread still reads.</param>
    static abstract F4 Max(F4 x, ArrayView<F4> scratch);

    /// <inheritdoc cref="Max"/>
    static abstract F4 Sum(F4 x, ArrayView<F4> scratch);
}

/// <summary>Eight threads as lanes of a warp. CUDA only.</summary>
internal readonly struct WarpLanes : IEightThreads
{
    public static F4 Max(F4 x, ArrayView<F4> scratch)
    {
        x = F4.Max(x, Other(x, 1));
        x = F4.Max(x, Other(x, 2));
        return F4.Max(x, Other(x, 4));
    }

    public static F4 Sum(F4 x, ArrayView<F4> scratch)
    {
        x = F4.Add(x, Other(x, 1));
        x = F4.Add(x, Other(x, 2));
        return F4.Add(x, Other(x, 4));
    }

    private static F4 Other(F4 x, int lanes) => new(
        Instructions.ShuffleXor(x.X, lanes), Instructions.ShuffleXor(x.Y, lanes), Instructions.ShuffleXor(x.Z, lanes), Instructions.ShuffleXor(x.W, lanes));
}

/// <summary>Eight threads that meet in shared memory, with the sums of <see cref="WarpLanes"/>.</summary>
internal readonly struct SharedRows : IEightThreads
{
    public static F4 Max(F4 x, ArrayView<F4> scratch)
    {
        int row = Share(x, scratch);
        x = F4.Max(
            F4.Max(F4.Max(scratch[row], scratch[row + 1]), F4.Max(scratch[row + 2], scratch[row + 3])),
            F4.Max(F4.Max(scratch[row + 4], scratch[row + 5]), F4.Max(scratch[row + 6], scratch[row + 7])));
        Instructions.Barrier();
        return x;
    }

    public static F4 Sum(F4 x, ArrayView<F4> scratch)
    {
        int row = Share(x, scratch);
        x = F4.Add(
            F4.Add(F4.Add(scratch[row], scratch[row + 1]), F4.Add(scratch[row + 2], scratch[row + 3])),
            F4.Add(F4.Add(scratch[row + 4], scratch[row + 5]), F4.Add(scratch[row + 6], scratch[row + 7])));
        Instructions.Barrier();
        return x;
    }

    private static int Share(F4 x, ArrayView<F4> scratch)
    {
        scratch[Group.IdxX] = x;
        Instructions.Barrier();
        return Group.IdxX & ~7;
    }
}
