using ILGPU;

namespace SspNative.Kernels.Gpu;

internal sealed partial class GpuKernels
{
    public void SumOfSquares(in SumOfSquaresCall call)
    {
        (int parts, int length) = Parts(call.Count);
        DeviceBuffer sums = device.Allocate(MostParts * sizeof(double));
        device.Run(new PartsKernel<double, Squared, DoubleSum>(Floats(call.X), checked((int)call.Count), length, Doubles(sums)), parts);
        device.Run(new TotalKernel(Doubles(sums), parts, Doubles(call.Result), call.Slot), 1);
        sums.Release();
    }

    private static ArrayView<double> Doubles(DeviceBuffer buffer) => GpuBuffer.Bytes(buffer).Cast<double>();
}

/// <summary>x², in double precision.</summary>
internal readonly struct Squared : ITerm<double>
{
    public static double Of(float x) => (double)x * x;
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
