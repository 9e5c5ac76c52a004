using System.Runtime.CompilerServices;

namespace SspNative.Kernels.Cpu;

internal sealed unsafe partial class CpuKernels<TSimd, TVec>
{
    public void AdamW(in AdamWCall call)
    {
        AdamWScalars scalars = AdamWScalars.Of(call.Step);
        AdamWTensor[] tensors = call.Tensors;
        // Small tensors are whole pieces of work, large ones several.
        var pieces = new List<(int Tensor, long Start)>();
        for (int i = 0; i < tensors.Length; i++)
            for (long start = 0; start < tensors[i].Count; start += ElementGrain)
                pieces.Add((i, start));
        CpuThreads.For(pieces.Count, piece =>
        {
            (int i, long start) = pieces[piece];
            AdamWTensor tensor = tensors[i];
            AdamWRange(
                Floats(tensor.Parameter) + start, Floats(tensor.Gradient) + start, Floats(tensor.M) + start, Floats(tensor.V) + start,
                (nint)Math.Min(ElementGrain, tensor.Count - start), scalars);
        });
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void AdamWRange(float* p, float* g, float* m, float* v, nint n, AdamWScalars scalars)
    {
        for (nint i = 0; i < n; i += TSimd.Width)
        {
            TVec pi = TSimd.Load(p + i), mi = TSimd.Load(m + i), vi = TSimd.Load(v + i);
            scalars.Apply<TSimd, TVec>(TSimd.Load(g + i), ref pi, ref mi, ref vi);
            TSimd.Store(m + i, mi);
            TSimd.Store(v + i, vi);
            TSimd.Store(p + i, pi);
        }
    }
}
