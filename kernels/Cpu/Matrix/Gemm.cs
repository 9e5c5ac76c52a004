namespace SspNative.Kernels.Cpu;

internal sealed unsafe partial class CpuKernels<TSimd, TVec>
{
    public void Gemm(in GemmCall call) => Multiply(in call, 0, 0, 0, call.Accumulate, last: true);

    public void GemmBatched(in GemmBatchedCall call)
    {
        GemmCall product = call.Product;
        BatchLayout batch = call.Batch;
        long[] outputOffsets = new long[batch.Count];
        int[] items = [.. Enumerable.Range(0, batch.Count)];
        foreach (int item in items)
            outputOffsets[item] = batch[item].C;
        // By output, then by item, so that items which share one are neighbours.
        Array.Sort(outputOffsets, items);
        List<int> starts = [];
        for (int i = 0; i < items.Length; i++)
        {
            if (i == 0 || outputOffsets[i] != outputOffsets[i - 1])
                starts.Add(i);
        }
        starts.Add(items.Length);
        int outputs = starts.Count - 1;
        void MultiplyGroup(int group)
        {
            int start = starts[group], end = starts[group + 1];
            Array.Sort(items, start, end - start);
            for (int i = start; i < end; i++)
            {
                (long a, long b, long c) = batch[items[i]];
                Multiply(in product, a, b, c, product.Accumulate || i > start, last: i == end - 1);
            }
        }
        // Few outputs would leave threads idle: then each product is parallel in itself.
        if (outputs >= 2 * CpuThreads.Count)
        {
            CpuThreads.For(outputs, MultiplyGroup);
        }
        else
        {
            for (int group = 0; group < outputs; group++)
                MultiplyGroup(group);
        }
    }

    private static void Multiply(in GemmCall p, long aOffset, long bOffset, long cOffset, bool accumulate, bool last)
    {
        cOffset += p.C.Offset;
        var output = new GemmOutput
        {
            C = Floats(p.C.Buffer) + cOffset,
            Stride = p.C.Stride,
            Accumulate = accumulate,
            Bias = last && p.Bias is { } bias ? Floats(bias) : null,
            Activation = last ? p.Activation : Activation.None,
            Residual = last && p.Residual is { } residual ? Floats(residual) + cOffset : null,
            PreActivation = last && p.PreActivation is { } preActivation ? Floats(preActivation) + cOffset : null,
        };
        float* a = Floats(p.A.Buffer) + p.A.Offset + aOffset;
        if (p.BType == DType.F32Panels)
        {
            BlockedProduct<TSimd, TVec, MatrixPanels, WeightPanels>.Run(
                p.M, p.N, p.K, new MatrixPanels(a, p.A.Stride, lanesAreRows: !p.A.Transposed),
                new WeightPanels(Floats(p.B.Buffer) + p.B.Offset + bOffset, p.K, MicroKernel<TSimd, TVec>.Columns), output);
        }
        else if (p.BType == DType.BF16)
        {
            BFloat16Element* b = (BFloat16Element*)CpuBuffer.Pointer(p.B.Buffer) + p.B.Offset + bOffset;
            Multiply(in p, a, b, new BFloat16Panels(b, p.B.Stride, lanesAreRows: p.B.Transposed), output);
        }
        else
        {
            float* b = Floats(p.B.Buffer) + p.B.Offset + bOffset;
            Multiply(in p, a, (Float32Element*)b, new MatrixPanels(b, p.B.Stride, lanesAreRows: p.B.Transposed), output);
        }
    }

    private static void Multiply<TElement, TPanels>(in GemmCall p, float* a, TElement* b, TPanels panels, GemmOutput output)
        where TElement : unmanaged, IElement<TElement>
        where TPanels : struct, IPanelSource
    {
        if (!p.A.Transposed && p.B.Transposed && RowProducts<TSimd, TVec, TElement>.Suits(p.M, p.K))
            RowProducts<TSimd, TVec, TElement>.Run(p.M, p.N, p.K, a, p.A.Stride, b, p.B.Stride, output);
        else
            BlockedProduct<TSimd, TVec, MatrixPanels, TPanels>.Run(
                p.M, p.N, p.K, new MatrixPanels(a, p.A.Stride, lanesAreRows: !p.A.Transposed), panels, output);
    }
}
