using ILGPU;

namespace SspNative.Kernels.Gpu;

internal sealed partial class GpuKernels
{
    // As many at most as one group adds up.
    private const int MostParts = 256;

    public void SumOfSquares(in SumOfSquaresCall call)
    {
        (int parts, int length) = Parts(call.Count);
        DeviceBuffer sums = device.Allocate(MostParts * sizeof(double));
        device.Run(new SquaresKernel(Floats(call.X), checked((int)call.Count), length, Doubles(sums)), parts);
        device.Run(new TotalKernel(Doubles(sums), parts, Doubles(call.Result), call.Slot), 1);
        sums.Release();
    }

    private static ArrayView<double> Doubles(DeviceBuffer buffer) => GpuBuffer.Bytes(buffer).Cast<double>();

    /// <summary>Parts of equal length, by the count alone.</summary>
    private static (int Parts, int Length) Parts(long count)
    {
        long length = Math.Max(4096, Groups(count, MostParts));
        return ((int)Groups(count, (int)length), (int)length);
    }
}

/// <summary>Σ x² of each part, in double precision.</summary>
internal readonly struct SquaresKernel(ArrayView<float> x, int count, int length, ArrayView<double> sums) : IGpuKernel
{
    public static int GroupSize => RowReduce<Threads256>.GroupSize;

    public void Run()
    {
        ArrayView<double> scratch = SharedMemory.Allocate<double>(RowReduce<Threads256>.GroupSize);
        long first = (long)Grid.IdxX * length, end = IntrinsicMath.Min(first + length, count);
        double sum = 0;
        for (long i = first + Group.IdxX; i < end; i += Group.DimX)
            sum += (double)x[i] * x[i];
        sum = RowReduce<Threads256>.All<double, DoubleSum>(sum, scratch);
        if (Group.IdxX == 0)
            sums[Grid.IdxX] = sum;
    }
}

/// <summary>The sum of up to 256 parts.</summary>
internal readonly struct TotalKernel(ArrayView<double> sums, int parts, ArrayView<double> result, int slot) : IGpuKernel
{
    public static int GroupSize => RowReduce<Threads256>.GroupSize;

    public void Run()
    {
        ArrayView<double> scratch = SharedMemory.Allocate<double>(RowReduce<Threads256>.GroupSize);
        double sum = RowReduce<Threads256>.All<double, DoubleSum>(Group.IdxX < parts ? sums[Group.IdxX] : 0, scratch);
        if (Group.IdxX == 0)
            result[slot] = sum;
    }
}
