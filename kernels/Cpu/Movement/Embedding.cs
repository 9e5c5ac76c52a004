namespace SspNative.Kernels.Cpu;

internal sealed unsafe partial class CpuKernels<TSimd, TVec>
{
    public void Embedding(in EmbeddingCall call)
    {
        (long count, int channels) = (call.Count, call.Channels);
        float* py = Floats(call.Y);
        var at = (long*)CpuBuffer.Pointer(call.Indices);
        if (call.WeightType == DType.BF16)
        {
            var stored = (BFloat16Element*)CpuBuffer.Pointer(call.Weight);
            CpuThreads.Ranges(count, RowGrain(channels), (start, end) =>
            {
                for (long i = start; i < end; i++)
                    Packing.Copy(stored + at[i] * channels, channels, py + i * channels);
            });
            return;
        }
        float* pw = Floats(call.Weight);
        CpuThreads.Ranges(count, RowGrain(channels), (start, end) =>
        {
            for (long i = start; i < end; i++)
                new ReadOnlySpan<float>(pw + at[i] * channels, channels).CopyTo(new Span<float>(py + i * channels, channels));
        });
    }

    public void EmbeddingBackward(in EmbeddingBackwardCall call)
    {
        (long count, int channels, int vocabulary, int paddingIndex) = (call.Count, call.Channels, call.Vocabulary, call.PaddingIndex);
        float* pdy = Floats(call.Dy), pdw = Floats(call.DWeight);
        var at = (long*)CpuBuffer.Pointer(call.Indices);
        Clear(pdw, (long)vocabulary * channels);
        // Each thread owns channels, so every row's contributions are added in the order of the call.Indices.
        CpuThreads.Ranges(channels, 64, (start, end) =>
        {
            for (long i = 0; i < count; i++)
                if (at[i] != paddingIndex)
                    AddRow(pdy + i * channels + start, 1f, pdw + at[i] * channels + start, (nint)(end - start));
        });
    }
}
