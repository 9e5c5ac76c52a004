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
