using System.Runtime.CompilerServices;

namespace SspNative.Kernels.Cpu;

internal sealed unsafe partial class CpuKernels<TSimd, TVec>
{
    /// <summary>The two source positions of every output position along one side, and the weights they have.</summary>
    private readonly struct ResampleTaps(Scratch scratch, int outputs)
    {
        public readonly int* First = scratch.Ints(outputs);
        public readonly int* Second = scratch.Ints(outputs);
        public readonly float* FirstWeight = scratch.Floats(outputs);
        public readonly float* SecondWeight = scratch.Floats(outputs);

        /// <summary>The first output that takes from an input position or a later one; positions never decrease.</summary>
        public int FirstUser(int input, int outputs)
        {
            int low = 0, high = outputs;
            while (low < high)
            {
                int middle = (low + high) / 2;
                (low, high) = Second[middle] >= input ? (low, middle) : (middle + 1, high);
            }
            return low;
        }

        /// <summary>Source coordinate max(0, (i + ½)·in/out − ½), in float as PyTorch computes it.</summary>
        public static ResampleTaps Bilinear(Scratch scratch, int inputs, int outputs)
        {
            var taps = new ResampleTaps(scratch, outputs);
            float scale = (float)inputs / outputs;
            for (int i = 0; i < outputs; i++)
            {
                float at = MathF.Max(0f, (i + 0.5f) * scale - 0.5f);
                int first = Math.Min((int)at, inputs - 1);
                taps.First[i] = first;
                taps.Second[i] = Math.Min(first + 1, inputs - 1);
                taps.SecondWeight[i] = Math.Clamp(at - first, 0f, 1f);
                taps.FirstWeight[i] = 1f - taps.SecondWeight[i];
            }
            return taps;
        }

        /// <summary>Source position ⌊i·in/out⌋ with the whole weight.</summary>
        public static ResampleTaps Nearest(Scratch scratch, int inputs, int outputs)
        {
            var taps = new ResampleTaps(scratch, outputs);
            float scale = (float)inputs / outputs;
            for (int i = 0; i < outputs; i++)
            {
                taps.First[i] = taps.Second[i] = Math.Min((int)(i * scale), inputs - 1);
                taps.FirstWeight[i] = 1f;
                taps.SecondWeight[i] = 0f;
            }
            return taps;
        }
    }

    public void InterpolateBilinear(in InterpolateBilinearCall call)
    {
        float* px = Floats(call.X), py = Floats(call.Y), plateral = call.Lateral is null ? null : Floats(call.Lateral);
        ResampleShape s = call.Shape;
        using Scratch scratch = Scratch.Open();
        ResampleTaps down = ResampleTaps.Bilinear(scratch, s.H, s.Hout), across = ResampleTaps.Bilinear(scratch, s.W, s.Wout);
        long sourceRow = (long)s.W * s.C, row = (long)s.Wout * s.C;
        CpuThreads.Ranges((long)s.B * s.Hout, RowGrain(row), (start, end) =>
        {
            using Scratch mine = Scratch.Open();
            float* blended = mine.Floats(sourceRow);
            for (long item = start; item < end; item++)
            {
                long h = item % s.Hout;
                float* image = px + item / s.Hout * s.H * sourceRow;
                BlendRows(
                    image + down.First[h] * sourceRow, down.FirstWeight[h],
                    image + down.Second[h] * sourceRow, down.SecondWeight[h],
                    blended, (nint)sourceRow);
                float* added = plateral == null ? null : plateral + item * row;
                if (s.C == 1)
                    TapScalars(blended, across.First, across.Second, across.SecondWeight, s.Wout, added, py + item * row);
                else
                    TapRow(blended, across, s.Wout, s.C, added, py + item * row);
            }
        });
    }

    /// <summary><see cref="TapRow"/> for one channel.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void TapScalars(float* x, int* first, int* second, float* weight, nint outputs, float* lateral, float* y)
    {
        if (lateral == null)
        {
            for (nint o = 0; o < outputs; o++)
                y[o] = (1f - weight[o]) * x[first[o]] + weight[o] * x[second[o]];
        }
        else
        {
            for (nint o = 0; o < outputs; o++)
                y[o] = lateral[o] + ((1f - weight[o]) * x[first[o]] + weight[o] * x[second[o]]);
        }
    }

    /// <summary>y (Wout, C) = lateral + the two taps of every output column in x (W, C).</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void TapRow(float* x, ResampleTaps taps, nint outputs, nint channels, float* lateral, float* y)
    {
        for (nint o = 0; o < outputs; o++)
        {
            float* a = x + taps.First[o] * channels, b = x + taps.Second[o] * channels;
            float wa = taps.FirstWeight[o], wb = taps.SecondWeight[o];
            TVec va = TSimd.Broadcast(wa), vb = TSimd.Broadcast(wb);
            nint c = 0, at = o * channels;
            for (; c <= channels - TSimd.Width; c += TSimd.Width)
            {
                TVec value = TSimd.Fma(TSimd.Load(a + c), va, TSimd.Mul(TSimd.Load(b + c), vb));
                TSimd.Store(y + at + c, lateral == null ? value : TSimd.Add(TSimd.Load(lateral + at + c), value));
            }
            if (c < channels)
            {
                TVec mask = TSimd.FirstLanes(channels - c);
                TVec value = TSimd.Fma(TSimd.LoadMasked(a + c, mask), va, TSimd.Mul(TSimd.LoadMasked(b + c, mask), vb));
                TSimd.StoreMasked(
                    y + at + c, mask, lateral == null ? value : TSimd.Add(TSimd.LoadMasked(lateral + at + c, mask), value));
            }
        }
    }

    public void InterpolateBilinearBackward(in InterpolateBilinearBackwardCall call)
    {
        using Scratch scratch = Scratch.Open();
        InterpolateBackward(
            call.Shape, ResampleTaps.Bilinear(scratch, call.Shape.H, call.Shape.Hout), ResampleTaps.Bilinear(scratch, call.Shape.W, call.Shape.Wout),
            Floats(call.Dy), Floats(call.Dx));
    }

    /// <summary>Every input row gathers the output rows that used it, then spreads the result over its columns.</summary>
    private static void InterpolateBackward(ResampleShape s, ResampleTaps down, ResampleTaps across, float* dy, float* dx)
    {
        long sourceRow = (long)s.W * s.C, row = (long)s.Wout * s.C;
        CpuThreads.Ranges((long)s.B * s.H, RowGrain(Math.Max(row, sourceRow)), (start, end) =>
        {
            using Scratch mine = Scratch.Open();
            float* gathered = mine.Floats(row);
            for (long item = start; item < end; item++)
            {
                long h = item % s.H;
                float* image = dy + item / s.H * s.Hout * row;
                new Span<float>(gathered, (int)row).Clear();
                for (int o = down.FirstUser((int)h, s.Hout); o < s.Hout && down.First[o] <= h; o++)
                {
                    float weight = down.First[o] == h ? down.FirstWeight[o] : 0f;
                    weight += down.Second[o] == h ? down.SecondWeight[o] : 0f;
                    if (weight != 0)
                        AddRow(image + o * row, weight, gathered, (nint)row);
                }
                float* target = dx + item * sourceRow;
                new Span<float>(target, (int)sourceRow).Clear();
                SpreadRow(gathered, across, s.Wout, s.C, target);
            }
        });
    }

    /// <summary>dx (W, C) += the adjoint of the taps applied to dy (Wout, C).</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void SpreadRow(float* dy, ResampleTaps taps, nint outputs, nint channels, float* dx)
    {
        for (nint o = 0; o < outputs; o++)
        {
            float* a = dx + taps.First[o] * channels, b = dx + taps.Second[o] * channels;
            float wa = taps.FirstWeight[o], wb = taps.SecondWeight[o];
            if (channels == 1)
            {
                *a += wa * dy[o];
                *b += wb * dy[o];
                continue;
            }
            AddRow(dy + o * channels, wa, a, channels);
            AddRow(dy + o * channels, wb, b, channels);
        }
    }
}
