namespace SspNative.Kernels.Gpu;

/// <summary>A batch as a kernel walks through it: outputs, and the items that share each of them.</summary>
internal readonly struct BatchWalks
{
    private readonly long[] _strides;
    private readonly int _rank;

    private BatchWalks(long[] strides, int rank) => (_strides, _rank) = (strides, rank);

    public int OutputCount { get; private init; }

    /// <summary>Items of an output.</summary>
    public int ItemCount { get; private init; }

    /// <summary>The steps of A and B from output to output.</summary>
    public Walk Outputs { get; private init; }

    /// <summary>The steps of A and B from item to item of an output.</summary>
    public Walk Items { get; private init; }

    /// <summary>The steps of C and bias from output to output.</summary>
    public Walk Places { get; private init; }

    public ReadOnlySpan<long> AStrides => _strides.AsSpan(0, _rank);

    public ReadOnlySpan<long> BStrides => _strides.AsSpan(_rank, _rank);

    public ReadOnlySpan<long> CStrides => _strides.AsSpan(2 * _rank, _rank);

    /// <param name="cOffset">Of the first output.</param>
    /// <param name="biasStride">From output to output, of which there is then one dimension at most.</param>
    public static BatchWalks Of(in BatchLayout batch, long cOffset, long biasStride = 0)
    {
        BatchAxis[] axes = batch.Axes.ToArray(), outputs = [.. axes.Where(axis => axis.C != 0)], items = [.. axes.Where(axis => axis.C == 0)];
        return new BatchWalks([.. axes.Select(axis => axis.A), .. axes.Select(axis => axis.B), .. axes.Select(axis => axis.C)], axes.Length)
        {
            OutputCount = Count(outputs),
            ItemCount = Count(items),
            Outputs = Of(0, outputs, axis => axis.A, axis => axis.B),
            Items = Of(0, items, axis => axis.A, axis => axis.B),
            Places = Of(cOffset, outputs, axis => axis.C, _ => biasStride),
        };
    }

    private static int Count(BatchAxis[] axes) => axes.Aggregate(1, (count, axis) => checked(count * axis.Size));

    private static Walk Of(long offset, BatchAxis[] axes, Func<BatchAxis, long> first, Func<BatchAxis, long> second) => Walk.Of(
        offset, 0, [.. axes.Select(axis => (long)axis.Size)], [.. axes.Select(first)], [.. axes.Select(second)]);
}
