namespace SspNative.Kernels.Cpu;

internal sealed unsafe partial class CpuKernels<TSimd, TVec>
{
    public void Gather(in GatherCall call)
    {
        (long rows, int columnCount) = (call.Rows, call.ColumnCount);
        float* px = Floats(call.X), py = Floats(call.Y);
        var at = (long*)CpuBuffer.Pointer(call.Columns);
        CpuThreads.Ranges(rows, ElementGrain, (start, end) =>
        {
            for (long row = start; row < end; row++)
                py[row] = px[row * columnCount + at[row]];
        });
    }

    public void GatherBackward(in GatherBackwardCall call)
    {
        (long rows, int columnCount) = (call.Rows, call.ColumnCount);
        float* pdy = Floats(call.Dy), pdx = Floats(call.Dx);
        var at = (long*)CpuBuffer.Pointer(call.Columns);
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
