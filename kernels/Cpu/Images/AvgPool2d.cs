namespace SspNative.Kernels.Cpu;

internal sealed unsafe partial class CpuKernels<TSimd, TVec>
{
    public void AvgPool2d(in AvgPool2dCall call)
    {
        float* px = Floats(call.X), py = Floats(call.Y);
        PoolShape s = call.Shape;
        int outputs = s.Wout;
        float scale = 1f / (s.Kernel * s.Kernel);
        CpuThreads.Ranges((long)s.B * s.Hout, RowGrain((long)s.W * s.C), (start, end) =>
        {
            for (long row = start; row < end; row++)
            {
                float* image = px + (row / s.Hout * s.H + row % s.Hout * s.Stride) * s.W * s.C;
                for (long o = 0; o < outputs; o++)
                {
                    float* to = py + (row * outputs + o) * s.C;
                    new Span<float>(to, s.C).Clear();
                    for (long i = 0; i < s.Kernel; i++)
                        for (long j = 0; j < s.Kernel; j++)
                            AddRow(image + (i * s.W + o * s.Stride + j) * s.C, scale, to, s.C);
                }
            }
        });
    }

    public void AvgPool2dBackward(in AvgPool2dBackwardCall call)
    {
        float* pdy = Floats(call.Dy), pdx = Floats(call.Dx);
        PoolShape s = call.Shape;
        int outputs = s.Wout;
        float scale = 1f / (s.Kernel * s.Kernel);
        CpuThreads.Ranges((long)s.B * s.H, RowGrain((long)s.W * s.C), (start, end) =>
        {
            for (long row = start; row < end; row++)
            {
                long b = row / s.H, h = row % s.H;
                float* to = pdx + row * s.W * s.C;
                new Span<float>(to, s.W * s.C).Clear();
                // The output rows whose windows contain this input row.
                long first = h < s.Kernel ? 0 : (h - s.Kernel) / s.Stride + 1, last = Math.Min(s.Hout - 1, h / s.Stride);
                for (long o = first; o <= last; o++)
                    for (long p = 0; p < outputs; p++)
                        for (long j = 0; j < s.Kernel; j++)
                            AddRow(pdy + ((b * s.Hout + o) * outputs + p) * s.C, scale, to + (p * s.Stride + j) * s.C, s.C);
            }
        });
    }
}
