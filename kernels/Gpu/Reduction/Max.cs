using ILGPU;

namespace SspNative.Kernels.Gpu;

internal sealed partial class GpuKernels
{
    public void Max(in MaxCall call)
    {
        int reduced = checked((int)call.Reduced), inner = checked((int)call.Inner);
        long count = call.Outer * call.Inner;
        if (inner == 1 && reduced > 16)
            device.Run(
                new RowMaxKernel(Floats(call.X), Floats(call.Y), Longs(call.Indices), checked((int)count), reduced), Groups(count, RowReduce<Threads32>.Rows));
        else
            device.Run(
                new ColumnMaxKernel(Floats(call.X), Floats(call.Y), Longs(call.Indices), checked((int)count), reduced, inner),
                Groups(count, ColumnMaxKernel.GroupSize));
    }

    public void MaxBackward(in MaxBackwardCall call)
    {
        int count = checked((int)(call.Outer * call.Reduced * call.Inner));
        device.Run(
            new MaxBackwardKernel(Floats(call.Dy), Longs(call.Indices), Floats(call.Dx), count, checked((int)call.Reduced), checked((int)call.Inner)),
            Groups(count, MaxBackwardKernel.GroupSize));
    }
}

/// <summary>A number by which maxima are ordered, and where it is.</summary>
internal struct Ranked
{
    public float Key;
    public int Index;

    /// <summary>NaN is ordered like +∞.</summary>
    public static float KeyOf(float x) => LaneMath.Min(x, float.PositiveInfinity);
}

/// <summary>The larger; of equal ones the first.</summary>
internal readonly struct FirstMaximum : IReduction<Ranked>
{
    public static Ranked Neutral => new() { Key = float.NegativeInfinity, Index = int.MaxValue };

    public static Ranked Combine(Ranked a, Ranked b)
    {
        bool second = b.Key > a.Key || (b.Key == a.Key && b.Index < a.Index);
        return new Ranked { Key = second ? b.Key : a.Key, Index = second ? b.Index : a.Index };
    }
}

/// <summary>The first maximum of each row.</summary>
internal readonly struct RowMaxKernel(ArrayView<float> x, ArrayView<float> y, ArrayView<long> indices, int rows, int length) : IGpuKernel
{
    public static int GroupSize => RowReduce<Threads32>.GroupSize;

    public void Run()
    {
        ArrayView<Ranked> scratch = SharedMemory.Allocate<Ranked>(RowReduce<Threads32>.GroupSize);
        int row = RowReduce<Threads32>.Row;
        long at = (long)row * length;
        Ranked best = FirstMaximum.Neutral;
        if (row < rows)
            for (int i = RowReduce<Threads32>.Lane; i < length; i += Threads32.Count)
                best = FirstMaximum.Combine(best, new Ranked { Key = Ranked.KeyOf(x[at + i]), Index = i });
        best = RowReduce<Threads32>.All<Ranked, FirstMaximum>(best, scratch);
        if (row < rows && RowReduce<Threads32>.Lane == 0)
        {
            y[row] = x[at + best.Index];
            indices[row] = best.Index;
        }
    }
}

/// <summary>The first maximum over the middle of x (outer,reduced,inner), a thread an element.</summary>
internal readonly struct ColumnMaxKernel(ArrayView<float> x, ArrayView<float> y, ArrayView<long> indices, int count, int reduced, int inner) : IGpuKernel
{
    public static int GroupSize => 256;

    public void Run()
    {
        int i = Grid.GlobalIndex.X;
        if (i >= count)
            return;
        int outer = i / inner;
        long first = (long)outer * reduced * inner + (i - outer * inner);
        float key = Ranked.KeyOf(x[first]);
        int best = 0;
        for (int r = 1; r < reduced; r++)
        {
            float candidate = Ranked.KeyOf(x[first + (long)r * inner]);
            if (candidate > key)
            {
                key = candidate;
                best = r;
            }
        }
        y[i] = x[first + (long)best * inner];
        indices[i] = best;
    }
}

internal readonly struct MaxBackwardKernel(ArrayView<float> dy, ArrayView<long> indices, ArrayView<float> dx, int count, int reduced, int inner) : IGpuKernel
{
    public static int GroupSize => 256;

    public void Run()
    {
        int i = Grid.GlobalIndex.X;
        if (i >= count)
            return;
        int rows = i / inner, outer = rows / reduced, at = outer * inner + (i - rows * inner);
        dx[i] = (int)indices[at] == rows - outer * reduced ? dy[at] : 0f;
    }
}
