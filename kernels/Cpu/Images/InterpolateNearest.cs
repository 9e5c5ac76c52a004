namespace SspNative.Kernels.Cpu;

internal sealed unsafe partial class CpuKernels<TSimd, TVec>
{
    public void InterpolateNearest(in InterpolateNearestCall call)
    {
        float* px = Floats(call.X), py = Floats(call.Y);
        ResampleShape s = call.Shape;
        using Scratch scratch = Scratch.Open();
        ResampleTaps down = ResampleTaps.Nearest(scratch, s.H, s.Hout), across = ResampleTaps.Nearest(scratch, s.W, s.Wout);
        long sourceRow = (long)s.W * s.C, row = (long)s.Wout * s.C;
        CpuThreads.Ranges((long)s.B * s.Hout, RowGrain(row), (start, end) =>
        {
            for (long item = start; item < end; item++)
            {
                float* from = px + (item / s.Hout * s.H + down.First[item % s.Hout]) * sourceRow, to = py + item * row;
                for (long o = 0; o < s.Wout; o++)
                {
                    float* pixel = from + (long)across.First[o] * s.C;
                    if (s.C == 1)
                        to[o] = *pixel;
                    else
                        new ReadOnlySpan<float>(pixel, s.C).CopyTo(new Span<float>(to + o * s.C, s.C));
                }
            }
        });
    }

    public void InterpolateNearestBackward(in InterpolateNearestBackwardCall call)
    {
        using Scratch scratch = Scratch.Open();
        InterpolateBackward(
            call.Shape, ResampleTaps.Nearest(scratch, call.Shape.H, call.Shape.Hout), ResampleTaps.Nearest(scratch, call.Shape.W, call.Shape.Wout),
            Floats(call.Dy), Floats(call.Dx));
    }
}
