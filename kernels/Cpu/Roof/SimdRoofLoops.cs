using System.Runtime.CompilerServices;

namespace SspNative.Kernels.Cpu.Roof;

/// <summary>
/// The loops of one instruction set. Accumulators are written out as locals, because the JIT keeps only those in registers: twelve of them are
/// more than a multiply-add's latency times the two a cycle that processors start, and fit with two operands into sixteen registers.
/// </summary>
internal sealed unsafe class SimdRoofLoops<TSimd, TVec> : RoofLoops
    where TSimd : struct, ISimd<TVec>
    where TVec : struct
{
    private const int Accumulators = 12;

    /// <summary>Multiplier and summand with the fixed point 1, so that no accumulator leaves the range of normal numbers.</summary>
    private const float Factor = 0.5f, Term = 0.5f;

    public override int FlopsPerRound => 2 * Accumulators * TSimd.Width;

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public override float MultiplyAdd(long rounds)
    {
        TVec x = TSimd.Broadcast(Factor), y = TSimd.Broadcast(Term);
        TVec a0 = TSimd.Zero, a1 = TSimd.Zero, a2 = TSimd.Zero, a3 = TSimd.Zero;
        TVec a4 = TSimd.Zero, a5 = TSimd.Zero, a6 = TSimd.Zero, a7 = TSimd.Zero;
        TVec a8 = TSimd.Zero, a9 = TSimd.Zero, a10 = TSimd.Zero, a11 = TSimd.Zero;
        for (long i = 0; i < rounds; i++)
        {
            a0 = TSimd.Fma(a0, x, y);
            a1 = TSimd.Fma(a1, x, y);
            a2 = TSimd.Fma(a2, x, y);
            a3 = TSimd.Fma(a3, x, y);
            a4 = TSimd.Fma(a4, x, y);
            a5 = TSimd.Fma(a5, x, y);
            a6 = TSimd.Fma(a6, x, y);
            a7 = TSimd.Fma(a7, x, y);
            a8 = TSimd.Fma(a8, x, y);
            a9 = TSimd.Fma(a9, x, y);
            a10 = TSimd.Fma(a10, x, y);
            a11 = TSimd.Fma(a11, x, y);
        }
        TVec low = TSimd.Add(TSimd.Add(TSimd.Add(a0, a1), TSimd.Add(a2, a3)), TSimd.Add(a4, a5));
        TVec high = TSimd.Add(TSimd.Add(TSimd.Add(a6, a7), TSimd.Add(a8, a9)), TSimd.Add(a10, a11));
        return TSimd.Sum(TSimd.Add(low, high));
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public override void Triad(DeviceBuffer a, DeviceBuffer b, DeviceBuffer c, float s, long start, long end)
    {
        float* to = CpuBuffer.Floats(a) + start, last = CpuBuffer.Floats(a) + end, x = CpuBuffer.Floats(b) + start, y = CpuBuffer.Floats(c) + start;
        TVec factor = TSimd.Broadcast(s);
        nint w = TSimd.Width;
        for (; to < last; to += 4 * w, x += 4 * w, y += 4 * w)
        {
            TSimd.Store(to, TSimd.Fma(factor, TSimd.Load(y), TSimd.Load(x)));
            TSimd.Store(to + w, TSimd.Fma(factor, TSimd.Load(y + w), TSimd.Load(x + w)));
            TSimd.Store(to + (2 * w), TSimd.Fma(factor, TSimd.Load(y + (2 * w)), TSimd.Load(x + (2 * w))));
            TSimd.Store(to + (3 * w), TSimd.Fma(factor, TSimd.Load(y + (3 * w)), TSimd.Load(x + (3 * w))));
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public override float Read(DeviceBuffer x, long start, long end, int times)
    {
        TVec a0 = TSimd.Zero, a1 = TSimd.Zero, a2 = TSimd.Zero, a3 = TSimd.Zero;
        TVec a4 = TSimd.Zero, a5 = TSimd.Zero, a6 = TSimd.Zero, a7 = TSimd.Zero;
        float* first = CpuBuffer.Floats(x) + start, last = CpuBuffer.Floats(x) + end;
        nint w = TSimd.Width;
        for (int i = 0; i < times; i++)
            for (float* p = first; p < last; p += 8 * w)
            {
                a0 = TSimd.Add(a0, TSimd.Load(p));
                a1 = TSimd.Add(a1, TSimd.Load(p + w));
                a2 = TSimd.Add(a2, TSimd.Load(p + (2 * w)));
                a3 = TSimd.Add(a3, TSimd.Load(p + (3 * w)));
                a4 = TSimd.Add(a4, TSimd.Load(p + (4 * w)));
                a5 = TSimd.Add(a5, TSimd.Load(p + (5 * w)));
                a6 = TSimd.Add(a6, TSimd.Load(p + (6 * w)));
                a7 = TSimd.Add(a7, TSimd.Load(p + (7 * w)));
            }
        TVec sum = TSimd.Add(TSimd.Add(TSimd.Add(a0, a1), TSimd.Add(a2, a3)), TSimd.Add(TSimd.Add(a4, a5), TSimd.Add(a6, a7)));
        return TSimd.Sum(sum);
    }
}
