using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace SspNative.Kernels.Cpu;

/// <summary>
/// Packs a block of a matrix into panels of <c>width</c> lanes, one row of <c>width</c> floats per k, the last panel
/// zero-padded to the full width: the layout that <see cref="MicroKernel{TSimd, TVec}"/> reads.
/// </summary>
internal static unsafe class Packing
{
    /// <summary>Lanes of the widest panel: two AVX-512 vectors.</summary>
    public const int MaxLanes = 32;

    // Rows of k are often a page apart, which no hardware prefetcher follows.
    private const int RowsAhead = 8;

    /// <summary>Source rows are the lanes: panel[k][i] = source[i·stride + k] for i &lt; count.</summary>
    public static void Transposed(float* source, nint stride, int count, int k, int width, float* panel)
    {
        float** rows = stackalloc float*[MaxLanes];
        for (; count > 0; count -= width, source += width * stride, panel += (nint)width * k)
        {
            for (int lane = 0; lane < width; lane += MaxLanes)
            {
                int lanes = Math.Min(MaxLanes, width - lane), present = Math.Clamp(count - lane, 0, lanes);
                for (int i = 0; i < present; i++)
                    rows[i] = source + (lane + i) * stride;
                // The next panel's rows lie right behind these.
                Transposed(rows, present, k, lanes, width, panel + lane, ahead: width * stride);
            }
        }
    }

    /// <summary>
    /// One panel from rows anywhere in memory, at most <see cref="MaxLanes"/>: panel[k][i] = rows[i][k] for i &lt; count.
    /// </summary>
    public static void Transposed(float** rows, int count, int k, int width, float* panel) =>
        Transposed(rows, count, k, width, width, panel, ahead: 0);

    // What is read next lies "ahead" elements further, 0 if that is unknown.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Transposed(float** rows, int count, int k, int lanes, int width, float* panel, nint ahead)
    {
        nint w = width;
        int lane = 0;
        if (Avx512F.IsSupported)
        {
            for (; lane + 16 <= count; lane += 16)
                TransposeSixteen(rows + lane, k, w, panel + lane, ahead);
        }
        if (Sse.IsSupported)
        {
            for (; lane + 4 <= count; lane += 4)
                TransposeFour(rows[lane], rows[lane + 1], rows[lane + 2], rows[lane + 3], k, w, panel + lane, ahead);
        }
        for (; lane < count; lane++)
        {
            float* s = rows[lane];
            float* p = panel + lane;
            for (nint j = 0; j < k; j++, p += w)
                *p = s[j];
        }
        for (; lane < lanes; lane++)
        {
            float* p = panel + lane;
            for (nint j = 0; j < k; j++, p += w)
                *p = 0f;
        }
    }

    /// <summary>Source rows are k: panel[k][i] = source[k·stride + i] for i &lt; count.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Straight(float* source, nint stride, int count, int k, int width, float* panel)
    {
        nint panelLength = (nint)width * k;
        for (; k > 0; k--, source += stride, panel += width)
        {
            float* next = source + RowsAhead * stride;
            float* p = panel;
            for (int lane = 0; lane < count; lane += width, p += panelLength)
            {
                int lanes = Math.Min(width, count - lane);
                if (Sse.IsSupported)
                {
                    Sse.Prefetch0(next + lane);
                    Sse.Prefetch0(next + lane + 16);
                }
                Copy(source + lane, lanes, p);
                for (int i = lanes; i < width; i++)
                    p[i] = 0f;
            }
        }
    }

    /// <summary>Asks for floats to come into the second-level cache.</summary>
    public static void Prefetch(float* source, int count)
    {
        const int line = 16;
        if (!Sse.IsSupported)
            return;
        for (nint i = 0; i < count; i += line)
            Sse.Prefetch1(source + i);
    }

    /// <summary>Copies a few floats, without the cost of a call.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Copy(float* source, int count, float* target)
    {
        nint i = 0;
        for (; i + 4 <= count; i += 4)
            Vector128.Load(source + i).Store(target + i);
        for (; i < count; i++)
            target[i] = source[i];
    }

    // Sixteen rows become sixteen lanes, four elements of each at a time: part i of the registers takes rows 4i … 4i+3 as below.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void TransposeSixteen(float** rows, nint k, nint width, float* panel, nint ahead)
    {
        float* r0 = rows[0], r1 = rows[1], r2 = rows[2], r3 = rows[3], r4 = rows[4], r5 = rows[5], r6 = rows[6], r7 = rows[7];
        float* r8 = rows[8], r9 = rows[9], r10 = rows[10], r11 = rows[11], r12 = rows[12], r13 = rows[13], r14 = rows[14], r15 = rows[15];
        nint j = 0;
        for (; j + 4 <= k; j += 4, panel += 4 * width)
        {
            if (j % 16 == 0)
            {
                for (nint i = 0; i < 16; i++)
                    Sse.Prefetch0(rows[i] + j + ahead);
            }
            Vector512<float> a = Parts(r0 + j, r4 + j, r8 + j, r12 + j), b = Parts(r1 + j, r5 + j, r9 + j, r13 + j);
            Vector512<float> c = Parts(r2 + j, r6 + j, r10 + j, r14 + j), d = Parts(r3 + j, r7 + j, r11 + j, r15 + j);
            Vector512<double> abLow = Avx512F.UnpackLow(a, b).AsDouble(), abHigh = Avx512F.UnpackHigh(a, b).AsDouble();
            Vector512<double> cdLow = Avx512F.UnpackLow(c, d).AsDouble(), cdHigh = Avx512F.UnpackHigh(c, d).AsDouble();
            Avx512F.UnpackLow(abLow, cdLow).AsSingle().Store(panel);
            Avx512F.UnpackHigh(abLow, cdLow).AsSingle().Store(panel + width);
            Avx512F.UnpackLow(abHigh, cdHigh).AsSingle().Store(panel + 2 * width);
            Avx512F.UnpackHigh(abHigh, cdHigh).AsSingle().Store(panel + 3 * width);
        }
        for (; j < k; j++, panel += width)
        {
            for (nint i = 0; i < 16; i++)
                panel[i] = rows[i][j];
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<float> Parts(float* p0, float* p1, float* p2, float* p3)
    {
        Vector512<float> v = Vector128.Load(p0).ToVector256Unsafe().ToVector512Unsafe();
        v = Avx512F.InsertVector128(v, Vector128.Load(p1), 1);
        v = Avx512F.InsertVector128(v, Vector128.Load(p2), 2);
        return Avx512F.InsertVector128(v, Vector128.Load(p3), 3);
    }

    // Four rows become four lanes, 4×4 elements at a time in registers.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void TransposeFour(float* r0, float* r1, float* r2, float* r3, int k, nint width, float* panel, nint ahead)
    {
        nint j = 0;
        for (; j + 4 <= k; j += 4, panel += 4 * width)
        {
            if (j % 16 == 0)
            {
                Sse.Prefetch0(r0 + j + ahead);
                Sse.Prefetch0(r1 + j + ahead);
                Sse.Prefetch0(r2 + j + ahead);
                Sse.Prefetch0(r3 + j + ahead);
            }
            Vector128<float> a = Vector128.Load(r0 + j), b = Vector128.Load(r1 + j);
            Vector128<float> c = Vector128.Load(r2 + j), d = Vector128.Load(r3 + j);
            Vector128<float> abLow = Sse.UnpackLow(a, b), abHigh = Sse.UnpackHigh(a, b);
            Vector128<float> cdLow = Sse.UnpackLow(c, d), cdHigh = Sse.UnpackHigh(c, d);
            Sse.MoveLowToHigh(abLow, cdLow).Store(panel);
            Sse.MoveHighToLow(cdLow, abLow).Store(panel + width);
            Sse.MoveLowToHigh(abHigh, cdHigh).Store(panel + 2 * width);
            Sse.MoveHighToLow(cdHigh, abHigh).Store(panel + 3 * width);
        }
        for (; j < k; j++, panel += width)
            Vector128.Create(r0[j], r1[j], r2[j], r3[j]).Store(panel);
    }
}
