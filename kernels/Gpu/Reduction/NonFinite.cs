using ILGPU;

namespace SspNative.Kernels.Gpu;

internal sealed partial class GpuKernels
{
    public void NonFinite(in NonFiniteCall call)
    {
        (int parts, int length) = Parts(call.Count);
        DeviceBuffer found = device.Allocate(MostParts * sizeof(float));
        device.Run(new NonFiniteKernel(Floats(call.X), checked((int)call.Count), length, Floats(found)), parts);
        device.Run(new AnyKernel(Floats(found), parts, Bytes(call.Result), call.Slot), 1);
        found.Release();
    }
}

/// <summary>1 for a part that has a number that is not finite, else 0.</summary>
internal readonly struct NonFiniteKernel(ArrayView<float> x, int count, int length, ArrayView<float> found) : IGpuKernel
{
    public static int GroupSize => RowReduce<Threads256>.GroupSize;

    public void Run()
    {
        ArrayView<float> scratch = SharedMemory.Allocate<float>(RowReduce<Threads256>.GroupSize);
        long first = (long)Grid.IdxX * length, end = IntrinsicMath.Min(first + length, count);
        float any = 0f;
        for (long i = first + Group.IdxX; i < end; i += Group.DimX)
            any = LaneMath.Abs(x[i]) < float.PositiveInfinity ? any : 1f;
        any = RowReduce<Threads256>.All<float, FloatMaximum>(any, scratch);
        if (Group.IdxX == 0)
            found[Grid.IdxX] = any;
    }
}

internal readonly struct AnyKernel(ArrayView<float> found, int parts, ArrayView<byte> result, int slot) : IGpuKernel
{
    public static int GroupSize => RowReduce<Threads256>.GroupSize;

    public void Run()
    {
        ArrayView<float> scratch = SharedMemory.Allocate<float>(RowReduce<Threads256>.GroupSize);
        float any = RowReduce<Threads256>.All<float, FloatMaximum>(Group.IdxX < parts ? found[Group.IdxX] : 0f, scratch);
        if (Group.IdxX == 0)
            result[slot] = any > 0f ? (byte)1 : (byte)0;
    }
}
