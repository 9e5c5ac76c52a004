using System.Numerics;
using System.Runtime.CompilerServices;
using SspNative.Kernels.Cpu;

namespace SspNative.Model.OpticalFlow.Pyramid;

/// <summary>
/// The linear equations of a level, two unknowns a pixel, and their successive over-relaxation in the order of a chessboard: first all white pixels, then all
/// black ones, a vector of pixels at a time. The sweeps follow each other down the picture, each a row behind the one before, so that rows stay in the cache;
/// threads take a part of the sweeps each. Every pixel is computed from the same numbers as if the sweeps came one after the other.
/// </summary>
internal sealed class Relaxation(FlowGrid grid)
{
    private const float Beyond = 1.85f;
    private const int Sweeps = 8;
    private const int HalfSweeps = 2 * Sweeps;

    // Below this many pixels a second thread costs more than it saves.
    private const int PixelsOfThread = 8192;

    // Counters of different threads lie in different cache lines.
    private const int Apart = 32;

    // The frozen equations of a pixel: diagonal parts, coupling of u and v, right sides.
    private readonly float[] _a11 = grid.NewPlane();
    private readonly float[] _a12 = grid.NewPlane();
    private readonly float[] _a22 = grid.NewPlane();
    private readonly float[] _b1 = grid.NewPlane();
    private readonly float[] _b2 = grid.NewPlane();

    /// <summary>The weight between a pixel and its right neighbour; 0 at the border.</summary>
    public float[] Right { get; } = grid.NewPlane();

    /// <summary>The weight between a pixel and its lower neighbour; 0 at the border.</summary>
    public float[] Down { get; } = grid.NewPlane();

    /// <summary>Sets the equations of a vector of pixels.</summary>
    /// <param name="i">The first pixel.</param>
    /// <param name="d1">What u is multiplied with in the first equation.</param>
    /// <param name="d2">What v is multiplied with in the second.</param>
    /// <param name="coupling">What the other unknown is multiplied with.</param>
    /// <param name="b1">The first right side, without neighbours.</param>
    /// <param name="b2">The second.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Freeze(int i, Vector<float> d1, Vector<float> d2, Vector<float> coupling, Vector<float> b1, Vector<float> b2)
    {
        (new Vector<float>(Beyond) / d1).CopyTo(_a11, i);
        (new Vector<float>(Beyond) / d2).CopyTo(_a22, i);
        coupling.CopyTo(_a12, i);
        b1.CopyTo(_b1, i);
        b2.CopyTo(_b2, i);
    }

    /// <summary>Eight sweeps.</summary>
    public void Relax(float[] u, float[] v)
    {
        int parts = Math.Clamp(Math.Min(CpuThreads.Count, grid.Width * grid.Height / PixelsOfThread), 1, Sweeps);
        int[] done = new int[parts * Apart];
        CpuThreads.For(parts, part => RelaxPart(u, v, part, HalfSweeps * part / parts, HalfSweeps * (part + 1) / parts, done));
    }

    // Half-sweep k may do a row when k − 1 has done the row after it. A part is begun after the one before it, which waits for none behind.
    private void RelaxPart(float[] u, float[] v, int part, int first, int end, int[] done)
    {
        int height = grid.Height, count = end - first;
        for (int lead = 0; lead < height + count - 1; lead++)
        {
            if (part > 0)
            {
                int needed = Math.Min(height, lead + 2);
                var wait = new SpinWait();
                while (Volatile.Read(ref done[(part - 1) * Apart]) < needed)
                    wait.SpinOnce(-1);
            }
            for (int k = Math.Max(0, lead - height + 1); k < count && k <= lead; k++)
                RelaxRow(u, v, lead - k, (first + k) & 1);
            Volatile.Write(ref done[part * Apart], Math.Max(0, lead - count + 2));
        }
    }

    // Half a sweep of a row: solves the equations of the pixels of one colour of the chessboard, and goes somewhat beyond.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void RelaxRow(float[] u, float[] v, int y, int colour)
    {
        int stride = grid.Stride;
        float[] rights = Right, downs = Down;
        var keep = new Vector<float>(1 - Beyond);
        Vector<int> chosen = Vector.Equals(Vector<int>.Indices & Vector<int>.One, new Vector<int>((y + colour) & 1));
        for (int i = grid.Row(y), end = i + grid.Width; i < end; i += Vector<float>.Count)
        {
            Vector<float> right = At(rights, i), left = At(rights, i - 1);
            Vector<float> down = At(downs, i), up = At(downs, i - stride);
            Vector<float> sumU =
                right * At(u, i + 1) + left * At(u, i - 1) + down * At(u, i + stride) + up * At(u, i - stride);
            Vector<float> sumV =
                right * At(v, i + 1) + left * At(v, i - 1) + down * At(v, i + stride) + up * At(v, i - stride);
            Vector<float> oldU = At(u, i), oldV = At(v, i), coupling = At(_a12, i);
            Vector<float> newU = keep * oldU + At(_a11, i) * (At(_b1, i) + sumU - coupling * oldV);
            Vector<float> newV = keep * oldV + At(_a22, i) * (At(_b2, i) + sumV - coupling * newU);
            Vector.ConditionalSelect(chosen, newU, oldU).CopyTo(u, i);
            Vector.ConditionalSelect(chosen, newV, oldV).CopyTo(v, i);
        }
    }

    private static Vector<float> At(float[] plane, int i) => new(plane, i);
}
