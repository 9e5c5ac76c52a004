using ILGPU;
using SspNative.Kernels.Operators;

namespace SspNative.Kernels.Gpu;

internal sealed partial class GpuKernels
{
    public void Binary<TOp>(in BinaryCall<TOp> call)
        where TOp : struct, IBinaryOperator
    {
        int count = checked((int)call.Shape.Count);
        ArrayView<float> a = Floats(call.A), b = Floats(call.B), y = Floats(call.Y);
        BroadcastLoops loops = BroadcastLoops.Of(call.AShape, call.BShape, call.Shape);
        if (loops.Dims.Length == 1)
            OverQuads(new BinaryKernel<TOp>(a, (int)loops.AStrides[0], b, (int)loops.BStrides[0], y, count), count);
        else
            device.Run(
                new BroadcastKernel<TOp>(a, b, Walk.Of(0, 0, loops.Dims, loops.AStrides, loops.BStrides), y, count),
                Groups(count, BroadcastKernel<TOp>.GroupSize));
    }
}

/// <summary>Operands of the result's shape, or, where the step is 0, of one element.</summary>
internal readonly struct BinaryKernel<TOp>(ArrayView<float> a, int aStep, ArrayView<float> b, int bStep, ArrayView<float> y, int count) : IGpuKernel
    where TOp : struct, IBinaryOperator
{
    public static int GroupSize => 256;

    public void Run()
    {
        int quad = Grid.GlobalIndex.X;
        F4 p = aStep != 0 ? F4.Load(a, quad, count) : F4.Broadcast(a[0]), q = bStep != 0 ? F4.Load(b, quad, count) : F4.Broadcast(b[0]);
        F4.Store(y, quad, count, new F4(Of(p.X, q.X), Of(p.Y, q.Y), Of(p.Z, q.Z), Of(p.W, q.W)));
    }

    private static float Of(float a, float b) => TOp.Invoke<LaneMath, float>(a, b);
}

/// <summary>Operands that repeat along some dimensions.</summary>
internal readonly struct BroadcastKernel<TOp>(ArrayView<float> a, ArrayView<float> b, Walk walk, ArrayView<float> y, int count) : IGpuKernel
    where TOp : struct, IBinaryOperator
{
    public static int GroupSize => 256;

    public void Run()
    {
        int i = Grid.GlobalIndex.X;
        if (i >= count)
            return;
        (long atA, long atB) = walk.At(i);
        y[i] = TOp.Invoke<LaneMath, float>(a[atA], b[atB]);
    }
}
