using ILGPU;

namespace SspNative.Kernels.Gpu;

internal sealed partial class GpuKernels
{
    public void NonFinite(in NonFiniteCall call)
    {
        (int parts, int length) = Parts(call.Count);
        using var found = new GpuScratch<float>(device, MostParts);
        device.Run(new PartsKernel<float, IsNotFinite, FloatMaximum>(Floats(call.X), checked((int)call.Count), length, found.View), parts);
        device.Run(new AnyKernel(found.View, parts, Bytes(call.Result), call.Slot), 1);
    }
}

/// <summary>1 of a number that is not finite, else 0.</summary>
internal readonly struct IsNotFinite : ITerm<float>
{
    public static float Of(float x) => LaneMath.Abs(x) < float.PositiveInfinity ? 0f : 1f;
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
