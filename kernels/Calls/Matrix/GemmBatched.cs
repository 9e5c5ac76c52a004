namespace SspNative.Kernels;

/// <summary>The same product for every item of a batch. Items that share an output are added up, in their order.</summary>
/// <param name="Product">That of the first item. Its residual and pre-activation move along with C.</param>
public readonly record struct GemmBatchedCall(
    GemmCall Product, BatchLayout Batch) : IKernelCall<GemmBatchedCall>
{
    public static string Name => "gemm_batched";

    public Cost Cost => Cost.Of(this, Product.Flops * Batch.Count);

    public GemmBatchedCall Over<TOperands>(ref TOperands operands) where TOperands : struct, IOperands
    {
        (int m, int n, int k, MatrixView a, MatrixView b, MatrixView c) = (Product.M, Product.N, Product.K, Product.A, Product.B, Product.C);
        StridedLayout layoutA = a.Layout(m, k).Along(Axes(axis => axis.A)), layoutB = b.Layout(k, n).Along(Axes(axis => axis.B));
        StridedLayout layoutC = c.Layout(m, n).Along(Axes(axis => axis.C));
        return this with
        {
            Product = Product with
            {
                A = a with { Buffer = operands.Reads(a.Buffer, layoutA, name: nameof(GemmCall.A)) },
                B = b with { Buffer = operands.Reads(b.Buffer, layoutB, Product.BType, nameof(GemmCall.B)) },
                Bias = operands.Reads(Product.Bias, n, name: nameof(GemmCall.Bias)),
                Residual = operands.Reads(Product.Residual, layoutC, name: nameof(GemmCall.Residual)),
                C = c with
                {
                    Buffer = Product.Accumulate
                        ? operands.Updates(c.Buffer, layoutC, name: nameof(GemmCall.C))
                        : operands.Writes(c.Buffer, layoutC, name: nameof(GemmCall.C)),
                },
                PreActivation = operands.Writes(Product.PreActivation, layoutC, name: nameof(GemmCall.PreActivation)),
            },
        };
    }

    public void Run(IKernels kernels) => kernels.GemmBatched(in this);

    private ReadOnlySpan<LayoutAxis> Axes(Func<BatchAxis, long> stride)
    {
        var axes = new LayoutAxis[Batch.Rank];
        for (int i = 0; i < axes.Length; i++)
            axes[i] = new LayoutAxis(Batch.Axes[i].Size, stride(Batch.Axes[i]));
        return axes;
    }
}

public partial interface IKernels
{
    /// <inheritdoc cref="GemmBatchedCall"/>
    void GemmBatched(in GemmBatchedCall call);
}
