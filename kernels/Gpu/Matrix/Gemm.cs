using ILGPU;
using SspNative.Kernels.Operators;

namespace SspNative.Kernels.Gpu;

internal sealed partial class GpuKernels
{
    public void Gemm(in GemmCall call) => Multiply(in call, default);

    public void GemmBatched(in GemmBatchedCall call) => Multiply(call.Product, call.Batch);

    private void Multiply(in GemmCall call, in BatchLayout batch)
    {
        if (call.BType == DType.F32Panels)
            throw new NotSupportedException($"{device.Name} reads no packed weights: these are of another device");
        var product = new ActivatedProduct(this, call, batch);
        call.Activation.Visit(ref product);
    }

    private readonly struct ActivatedProduct(GpuKernels kernels, GemmCall call, BatchLayout batch) : IActivationVisitor
    {
        public void Visit<TOp>() where TOp : struct, IUnaryOperator => kernels.Multiply<TOp>(call, batch);
    }

    private void Multiply<TActivation>(in GemmCall call, in BatchLayout batch)
        where TActivation : struct, IUnaryOperator
    {
        RequireReach(call.A, call.M, call.K);
        RequireReach(call.B, call.K, call.N);
        BatchWalks walks = BatchWalks.Of(in batch, call.C.Offset);
        var output = new ProductOutput<TActivation, EvenRows>
        {
            C = Floats(call.C.Buffer),
            Bias = Floats(OrAbsent(call.Bias)),
            Residual = Floats(OrAbsent(call.Residual)),
            PreActivation = Floats(OrAbsent(call.PreActivation)),
            RowPlaces = new EvenRows(call.C.Stride),
            Items = walks.Places,
            Rows = call.M,
            Columns = call.N,
            Accumulate = call.Accumulate ? 1 : 0,
            HasBias = call.Bias is null ? 0 : 1,
            HasResidual = call.Residual is null ? 0 : 1,
            HasPreActivation = call.PreActivation is null ? 0 : 1,
            InQuads = AreQuads(call.C.Offset, call.C.Stride, call.N, walks.CStrides) ? 1 : 0,
        };
        var product = new Product<ProductOutput<TActivation, EvenRows>>
        {
            M = call.M,
            N = call.N,
            K = call.K,
            Walks = walks,
            Output = output,
        };
        MatrixView a = call.A;
        ArrayView<float> view = Floats(a.Buffer);
        if (AreQuads(a.Offset, a.Stride, a.Transposed ? 4 : call.K, walks.AStrides))
            WithA(QuadView.Over(view), in a, in call, in product);
        else
            WithA(ScalarView.Over(view), in a, in call, in product);
    }

    // Kernels count the elements of a factor from its first in an int.
    private static void RequireReach(in MatrixView factor, int rows, int columns) =>
        _ = checked((int)((long)(factor.Transposed ? columns : rows) * factor.Stride));

    private void WithA<TAccess, TOutput>(TAccess access, in MatrixView a, in GemmCall call, in Product<TOutput> product)
        where TAccess : struct, IOperandView<TAccess>
        where TOutput : struct, IProductOutput
    {
        access = access.From(a.Offset);
        if (a.Transposed)
            WithB(new StepMajor<TAccess>(access, a.Stride, call.M), in call, in product);
        else
            WithB(new LaneMajor<TAccess>(access, a.Stride, call.M), in call, in product);
    }

    private void WithB<TA, TOutput>(TA a, in GemmCall call, in Product<TOutput> product)
        where TA : struct, IPanels<TA>
        where TOutput : struct, IProductOutput
    {
        MatrixView b = call.B;
        bool inQuads = AreQuads(b.Offset, b.Stride, b.Transposed ? call.K : 4, product.Walks.BStrides);
        if (call.BType == DType.BF16)
        {
            if (inQuads)
                WithB<TA, BFloat16QuadView, TOutput>(a, in b, in product);
            else
                WithB<TA, BFloat16ScalarView, TOutput>(a, in b, in product);
        }
        else if (inQuads)
        {
            WithB<TA, QuadView, TOutput>(a, in b, in product);
        }
        else
        {
            WithB<TA, ScalarView, TOutput>(a, in b, in product);
        }
    }

    private void WithB<TA, TAccess, TOutput>(TA a, in MatrixView b, in Product<TOutput> product)
        where TA : struct, IPanels<TA>
        where TAccess : struct, IOperandView<TAccess>
        where TOutput : struct, IProductOutput
    {
        TAccess access = TAccess.Over(Floats(b.Buffer)).From(b.Offset);
        if (b.Transposed)
            Multiply(a, new LaneMajor<TAccess>(access, b.Stride, product.N), in product);
        else
            Multiply(a, new StepMajor<TAccess>(access, b.Stride, product.N), in product);
    }

    // Whether all quads lie at multiples of 16 bytes, and are whole.
    private static bool AreQuads(long offset, int stride, int count, ReadOnlySpan<long> itemStrides)
    {
        long all = offset | (long)stride | (long)count;
        foreach (long itemStride in itemStrides)
            all |= itemStride;
        return (all & 3) == 0;
    }
}
