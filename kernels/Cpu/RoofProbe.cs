using System.Diagnostics;
using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace SspNative.Kernels.Cpu;

/// <summary>
/// What this processor can do at best with the instruction set of a device, measured in a moment on all threads: multiply-adds in registers, and the
/// triad a = b + s·c (McCalpin's STREAM) over arrays that no cache holds. The best of several rounds counts.
/// </summary>
public static class RoofProbe
{
    private const int Rounds = 5;
    private const int Iterations = 2_000_000;
    private const int Chains = 10;
    private const int TriadFloats = 1 << 24;
    private const int Block = 1 << 16;

    /// <summary>Operations (a multiply-add counts two) and bytes a second.</summary>
    public static (double FlopsPerSecond, double BytesPerSecond) Measure(CpuDevice device) => device.Isa switch
    {
        CpuIsa.Avx512 => Measure<Avx512Simd, Vector512<float>>(),
        CpuIsa.Avx2 => Measure<Avx2Simd, Vector256<float>>(),
        _ => Measure<PortableSimd, Vector<float>>(),
    };

    private static (double, double) Measure<TSimd, TVec>()
        where TSimd : struct, ISimd<TVec>
        where TVec : struct =>
        (Peak<TSimd, TVec>(), Triad<TSimd, TVec>());

    private static double Peak<TSimd, TVec>()
        where TSimd : struct, ISimd<TVec>
        where TVec : struct
    {
        int threads = CpuThreads.Count;
        var sums = new float[threads];
        double seconds = Best(() => CpuThreads.For(threads, i => sums[i] = MultiplyAdds<TSimd, TVec>(1f - 1e-7f * i)));
        return 2.0 * threads * Iterations * Chains * TSimd.Width / seconds;
    }

    // Independent chains, so that the latency of one is hidden behind the others.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static float MultiplyAdds<TSimd, TVec>(float factor)
        where TSimd : struct, ISimd<TVec>
        where TVec : struct
    {
        TVec m = TSimd.Broadcast(factor), a = TSimd.Broadcast(1e-6f);
        TVec x0 = a, x1 = m, x2 = a, x3 = m, x4 = a, x5 = m, x6 = a, x7 = m, x8 = a, x9 = m;
        for (int i = 0; i < Iterations; i++)
        {
            x0 = TSimd.Fma(x0, m, a);
            x1 = TSimd.Fma(x1, m, a);
            x2 = TSimd.Fma(x2, m, a);
            x3 = TSimd.Fma(x3, m, a);
            x4 = TSimd.Fma(x4, m, a);
            x5 = TSimd.Fma(x5, m, a);
            x6 = TSimd.Fma(x6, m, a);
            x7 = TSimd.Fma(x7, m, a);
            x8 = TSimd.Fma(x8, m, a);
            x9 = TSimd.Fma(x9, m, a);
        }
        TVec low = TSimd.Add(TSimd.Add(TSimd.Add(x0, x1), TSimd.Add(x2, x3)), x4), high = TSimd.Add(TSimd.Add(TSimd.Add(x5, x6), TSimd.Add(x7, x8)), x9);
        return TSimd.Sum(TSimd.Add(low, high));
    }

    private static unsafe double Triad<TSimd, TVec>()
        where TSimd : struct, ISimd<TVec>
        where TVec : struct
    {
        const nuint bytes = (nuint)TriadFloats * sizeof(float);
        float* memory = (float*)NativeMemory.AlignedAlloc(3 * bytes, 64);
        try
        {
            new Span<float>(memory, TriadFloats).Clear();
            new Span<float>(memory + TriadFloats, TriadFloats).Clear();
            new Span<float>(memory + 2 * TriadFloats, TriadFloats).Clear();
            double seconds = Best(() => CpuThreads.For(TriadFloats / Block, i =>
            {
                float* a = memory + i * Block, b = a + TriadFloats, c = b + TriadFloats;
                TVec scale = TSimd.Broadcast(3f);
                for (int at = 0; at < Block; at += TSimd.Width)
                    TSimd.Store(a + at, TSimd.Fma(TSimd.Load(c + at), scale, TSimd.Load(b + at)));
            }));
            return 3.0 * bytes / seconds;
        }
        finally
        {
            NativeMemory.AlignedFree(memory);
        }
    }

    private static double Best(Action work)
    {
        double best = double.PositiveInfinity;
        for (int round = 0; round < Rounds; round++)
        {
            long start = Stopwatch.GetTimestamp();
            work();
            best = Math.Min(best, Stopwatch.GetElapsedTime(start).TotalSeconds);
        }
        return best;
    }
}
