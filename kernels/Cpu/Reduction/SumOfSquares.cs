using System.Numerics;
using System.Runtime.CompilerServices;

namespace SspNative.Kernels.Cpu;

internal sealed unsafe partial class CpuKernels<TSimd, TVec>
{
    public void SumOfSquares(in SumOfSquaresCall call)
    {
        SquaredTensor[] tensors = call.Tensors;
        // Of each tensor the first block, of all tensors one after the other.
        long[] first = new long[tensors.Length + 1];
        for (int i = 0; i < tensors.Length; i++)
            first[i + 1] = first[i] + (tensors[i].Count + SumBlock - 1) / SumBlock;
        using Scratch scratch = Scratch.Open();
        var partial = (double*)scratch.Bytes(first[^1] * sizeof(double));
        CpuThreads.Ranges(first[^1], ElementGrain / SumBlock, (start, end) =>
        {
            int i = 0;
            for (long block = start; block < end; block++)
            {
                while (block >= first[i + 1])
                    i++;
                long at = (block - first[i]) * SumBlock;
                partial[block] = SquaresVector(Floats(tensors[i].X) + at, (nint)Math.Min(SumBlock, tensors[i].Count - at));
            }
        });
        var result = (double*)CpuBuffer.Pointer(call.Result);
        for (int i = 0; i < tensors.Length; i++)
        {
            double sum = 0;
            for (long block = first[i]; block < first[i + 1]; block++)
                sum += partial[block];
            result[i] = sum;
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static double SquaresVector(float* x, nint n)
    {
        nint w = Vector<float>.Count, i = 0;
        Vector<double> a = Vector<double>.Zero, b = Vector<double>.Zero;
        for (; i <= n - w; i += w)
        {
            Vector.Widen(Vector.Load(x + i), out Vector<double> low, out Vector<double> high);
            a += low * low;
            b += high * high;
        }
        double sum = Vector.Sum(a + b);
        for (; i < n; i++)
            sum += (double)x[i] * x[i];
        return sum;
    }
}
