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
    public static void Transposed(float* source, nint stride, int count, int k, int width, float* panel) =>
        Transposed((Float32Element*)source, stride, count, k, width, panel);

    /// <summary>The same of stored elements.</summary>
    public static void Transposed<TElement>(TElement* source, nint stride, int count, int k, int width, float* panel)
        where TElement : unmanaged, IElement<TElement>
    {
        TElement** rows = stackalloc TElement*[MaxLanes];
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
        Transposed((Float32Element**)rows, count, k, width, width, panel, ahead: 0);

    // What is read next lies "ahead" elements further, 0 if that is unknown.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Transposed<TElement>(TElement** rows, int count, int k, int lanes, int width, float* panel, nint ahead)
        where TElement : unmanaged, IElement<TElement>
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
            TElement* s = rows[lane];
            float* p = panel + lane;
            for (nint j = 0; j < k; j++, p += w)
                *p = TElement.Widen(s[j]);
        }
        for (; lane < lanes; lane++)
        {
            float* p = panel + lane;
            for (nint j = 0; j < k; j++, p += w)
                *p = 0f;
        }
    }

    /// <summary>Source rows are k: panel[k][i] = source[k·stride + i] for i &lt; count.</summary>
    public static void Straight(float* source, nint stride, int count, int k, int width, float* panel) =>
        Straight((Float32Element*)source, stride, count, k, width, panel);

    /// <summary>The same of stored elements.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Straight<TElement>(TElement* source, nint stride, int count, int k, int width, float* panel)
        where TElement : unmanaged, IElement<TElement>
    {
        nint panelLength = (nint)width * k;
        for (; k > 0; k--, source += stride, panel += width)
        {
            TElement* next = source + RowsAhead * stride;
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

    /// <summary>Asks for elements to come into the second-level cache.</summary>
    public static void Prefetch<TElement>(TElement* source, int count)
        where TElement : unmanaged
    {
        int line = 64 / sizeof(TElement);
        if (!Sse.IsSupported)
            return;
        for (nint i = 0; i < count; i += line)
            Sse.Prefetch1(source + i);
    }

    /// <summary>Copies a few floats, without the cost of a call.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Copy(float* source, int count, float* target) => Copy((Float32Element*)source, count, target);

    /// <summary>The same of stored elements.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Copy<TElement>(TElement* source, int count, float* target)
        where TElement : unmanaged, IElement<TElement>
    {
        nint i = 0;
        for (; i + 4 <= count; i += 4)
            TElement.LoadFour(source + i).Store(target + i);
        for (; i < count; i++)
            target[i] = TElement.Widen(source[i]);
    }

    // Sixteen rows become sixteen lanes, four elements of each at a time: part i of the registers takes rows 4i … 4i+3 as below.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void TransposeSixteen<TElement>(TElement** rows, nint k, nint width, float* panel, nint ahead)
        where TElement : unmanaged, IElement<TElement>
    {
        TElement* r0 = rows[0], r1 = rows[1], r2 = rows[2], r3 = rows[3], r4 = rows[4], r5 = rows[5], r6 = rows[6], r7 = rows[7];
        TElement* r8 = rows[8], r9 = rows[9], r10 = rows[10], r11 = rows[11], r12 = rows[12], r13 = rows[13], r14 = rows[14], r15 = rows[15];
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
                panel[i] = TElement.Widen(rows[i][j]);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<float> Parts<TElement>(TElement* p0, TElement* p1, TElement* p2, TElement* p3)
        where TElement : unmanaged, IElement<TElement>
    {
        Vector512<float> v = TElement.LoadFour(p0).ToVector256Unsafe().ToVector512Unsafe();
        v = Avx512F.InsertVector128(v, TElement.LoadFour(p1), 1);
        v = Avx512F.InsertVector128(v, TElement.LoadFour(p2), 2);
        return Avx512F.InsertVector128(v, TElement.LoadFour(p3), 3);
    }

    // Four rows become four lanes, 4×4 elements at a time in registers.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void TransposeFour<TElement>(TElement* r0, TElement* r1, TElement* r2, TElement* r3, int k, nint width, float* panel, nint ahead)
        where TElement : unmanaged, IElement<TElement>
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
            Vector128<float> a = TElement.LoadFour(r0 + j), b = TElement.LoadFour(r1 + j);
            Vector128<float> c = TElement.LoadFour(r2 + j), d = TElement.LoadFour(r3 + j);
            Vector128<float> abLow = Sse.UnpackLow(a, b), abHigh = Sse.UnpackHigh(a, b);
            Vector128<float> cdLow = Sse.UnpackLow(c, d), cdHigh = Sse.UnpackHigh(c, d);
            Sse.MoveLowToHigh(abLow, cdLow).Store(panel);
            Sse.MoveHighToLow(cdLow, abLow).Store(panel + width);
            Sse.MoveLowToHigh(abHigh, cdHigh).Store(panel + 2 * width);
            Sse.MoveHighToLow(cdHigh, abHigh).Store(panel + 3 * width);
        }
        for (; j < k; j++, panel += width)
            Vector128.Create(TElement.Widen(r0[j]), TElement.Widen(r1[j]), TElement.Widen(r2[j]), TElement.Widen(r3[j])).Store(panel);
    }
}
