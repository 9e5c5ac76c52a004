namespace SspNative.Kernels;

/// <summary>
/// Copies a block of any rank between two layouts of the same sizes; permutation, slicing, concatenation, padding, cropping and expansion are all
/// this.
/// </summary>
/// <param name="From">A stride of 0 repeats what is there.</param>
/// <param name="ElementSize">Bytes of an element: 1, 2, 4 or 8.</param>
public readonly record struct CopyStridedCall(
    DeviceBuffer Source, StridedLayout From, DeviceBuffer Destination, StridedLayout To, int ElementSize) : IKernelCall<CopyStridedCall>
{
    /// <summary>
    /// A copy of dimensions given one by one. Neighbours that advance as one in both layouts are merged, dimensions of one step left out.
    /// </summary>
    /// <exception cref="ArgumentException">More than <see cref="StridedLayout.MaxRank"/> dimensions are left.</exception>
    public CopyStridedCall(
        DeviceBuffer source, long sourceOffset, ReadOnlySpan<long> sourceStrides, DeviceBuffer destination, long destinationOffset,
        ReadOnlySpan<long> destinationStrides, ReadOnlySpan<int> dims, int elementSize)
        : this(source, default, destination, default, elementSize)
    {
        Span<LayoutAxis> from = stackalloc LayoutAxis[dims.Length], to = stackalloc LayoutAxis[dims.Length];
        int rank = 0;
        for (int i = 0; i < dims.Length; i++)
        {
            if (dims[i] == 1)
                continue;
            LayoutAxis nextFrom = new(dims[i], sourceStrides[i]), nextTo = new(dims[i], destinationStrides[i]);
            if (rank > 0 && Continues(from[rank - 1], nextFrom) && Continues(to[rank - 1], nextTo))
            {
                rank--;
                nextFrom = nextFrom with { Size = nextFrom.Size * from[rank].Size };
                nextTo = nextTo with { Size = nextFrom.Size };
            }
            (from[rank], to[rank]) = (nextFrom, nextTo);
            rank++;
        }
        From = new StridedLayout(sourceOffset, from[..rank]);
        To = new StridedLayout(destinationOffset, to[..rank]);

        static bool Continues(LayoutAxis outer, LayoutAxis inner) => outer.Stride == inner.Stride * inner.Size;
    }

    public static string Name => "copy_strided";

    public Cost Cost => Cost.Of(this, 0);

    public CopyStridedCall Over<TOperands>(ref TOperands operands) where TOperands : struct, IOperands => this with
    {
        Source = operands.Reads(Source, From, Elements),
        Destination = operands.Writes(Destination, To, Elements),
    };

    public void Run(IKernels kernels) => kernels.CopyStrided(in this);

    private DType Elements => ElementSize switch
    {
        1 => DType.U8,
        2 => DType.F16,
        4 => DType.F32,
        _ => DType.I64,
    };
}

public partial interface IKernels
{
    /// <inheritdoc cref="CopyStridedCall"/>
    void CopyStrided(in CopyStridedCall call);
}
