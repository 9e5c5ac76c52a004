namespace SspNative.Kernels.Cpu;

/// <summary>How much of a bandwidth-bound kernel's work a thread takes at once.</summary>
internal sealed unsafe partial class CpuKernels<TSimd, TVec>
{
    /// <summary>Elements below which such a kernel stays on one thread.</summary>
    private const long ElementGrain = 16384;

    /// <summary>How many rows of <paramref name="columns"/> elements make a piece of work of about <see cref="ElementGrain"/> elements.</summary>
    private static long RowGrain(long columns) => Math.Max(1, ElementGrain / Math.Max(1, columns));
}
