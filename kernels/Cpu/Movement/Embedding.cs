namespace SspNative.Kernels.Cpu;

internal sealed unsafe partial class CpuKernels<TSimd, TVec>
{
    public void Embedding(DeviceBuffer weight, DeviceBuffer indices, DeviceBuffer y, long count, int channels)
    {
        float* pw = Floats(weight), py = Floats(y);
        var at = (long*)CpuBuffer.Pointer(indices);
        CpuThreads.Ranges(count, RowGrain(channels), (start, end) =>
        {
            for (long i = start; i < end; i++)
                new ReadOnlySpan<float>(pw + at[i] * channels, channels).CopyTo(new Span<float>(py + i * channels, channels));
        });
    }

    public void EmbeddingBackward(
        DeviceBuffer dy, DeviceBuffer indices, DeviceBuffer dWeight, long count, int channels, int vocabulary, int paddingIndex)
    {
        float* pdy = Floats(dy), pdw = Floats(dWeight);
        var at = (long*)CpuBuffer.Pointer(indices);
        Clear(pdw, (long)vocabulary * channels);
        // Each thread owns channels, so every row's contributions are added in the order of the indices.
        CpuThreads.Ranges(channels, 64, (start, end) =>
        {
            for (long i = 0; i < count; i++)
                if (at[i] != paddingIndex)
                    AddRow(pdy + i * channels + start, 1f, pdw + at[i] * channels + start, (nint)(end - start));
        });
    }

    public void Gather(DeviceBuffer x, DeviceBuffer columns, DeviceBuffer y, long rows, int columnCount)
    {
        float* px = Floats(x), py = Floats(y);
        var at = (long*)CpuBuffer.Pointer(columns);
        CpuThreads.Ranges(rows, ElementGrain, (start, end) =>
        {
            for (long row = start; row < end; row++)
                py[row] = px[row * columnCount + at[row]];
        });
    }

    public void GatherBackward(DeviceBuffer dy, DeviceBuffer columns, DeviceBuffer dx, long rows, int columnCount)
    {
        float* pdy = Floats(dy), pdx = Floats(dx);
        var at = (long*)CpuBuffer.Pointer(columns);
        CpuThreads.Ranges(rows, RowGrain(columnCount), (start, end) =>
        {
            for (long row = start; row < end; row++)
            {
                new Span<float>(pdx + row * columnCount, columnCount).Clear();
                pdx[row * columnCount + at[row]] = pdy[row];
            }
        });
    }
}
