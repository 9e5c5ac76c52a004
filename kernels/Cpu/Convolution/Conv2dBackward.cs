namespace SspNative.Kernels.Cpu;

internal sealed unsafe partial class CpuKernels<TSimd, TVec>
{
    // Rows of dx that a strided convolution computes at a time before it spreads them out: 4 MB.
    private const int PhaseFloats = 1 << 20;

    /// <remarks>
    /// Input pixels with equal (y mod Stride, x mod Stride) meet the same taps: for each such phase dx is a convolution of
    /// dy with stride 1, so no multiplication by an inserted zero is made.
    /// </remarks>
    public void Conv2dBackwardInput(in Conv2dBackwardInputCall call)
    {
        ConvShape s = call.Shape;
        if (_winograd && Winograd<TSimd, TVec>.Suits(s))
        {
            Winograd<TSimd, TVec>.BackwardInput(s, Floats(call.Dy), Floats(call.Weight), new GemmOutput { C = Floats(call.Dx), Stride = s.Cin });
            return;
        }
        if (ThinConvolution<TSimd, TVec>.Suits(s))
        {
            ThinConvolution<TSimd, TVec>.BackwardInput(s, Floats(call.Dy), Floats(call.Weight), Floats(call.Dx));
            return;
        }
        for (int group = 0; group < s.Groups; group++)
        {
            for (int y = 0; y < Math.Min(s.Stride, s.H); y++)
            {
                for (int x = 0; x < Math.Min(s.Stride, s.W); x++)
                    BackwardInputPhase(s, group, y, x, Floats(call.Dy), Floats(call.Weight), Floats(call.Dx));
            }
        }
    }

    public void Conv2dBackwardWeight(in Conv2dBackwardWeightCall call)
    {
        ConvShape s = call.Shape;
        if (_winograd && Winograd<TSimd, TVec>.Suits(s))
        {
            Winograd<TSimd, TVec>.BackwardWeight(s, Floats(call.X), Floats(call.Dy), Floats(call.DWeight));
            return;
        }
        if (ThinConvolution<TSimd, TVec>.Suits(s))
        {
            ThinConvolution<TSimd, TVec>.BackwardWeight(s, Floats(call.X), Floats(call.Dy), Floats(call.DWeight));
            return;
        }
        int channels = s.Cin / s.Groups, outputs = s.Cout / s.Groups, taps = s.Kh * s.Kw;
        int patchLength = taps * channels, pixels = s.B * s.Hout * s.Wout;
        using var scratch = Scratch.Open();
        float* product = scratch.Floats((long)s.Cout * patchLength), dw = Floats(call.DWeight);
        for (int group = 0; group < s.Groups; group++)
        {
            var a = new MatrixPanels(Floats(call.Dy) + group * outputs, s.Cout, lanesAreRows: false);
            var output = new GemmOutput { C = product + (nint)group * outputs * patchLength, Stride = patchLength };
            Patches patches = InputPatches(s, Floats(call.X) + group * channels);
            if (patches.ArePixels)
            {
                var b = new MatrixPanels(patches.Image, patches.PixelStride, lanesAreRows: false);
                BlockedProduct<TSimd, TVec, MatrixPanels, MatrixPanels>.Run(outputs, patchLength, pixels, a, b, output);
            }
            else
            {
                var b = new PatchColumns(patches);
                BlockedProduct<TSimd, TVec, MatrixPanels, PatchColumns>.Run(outputs, patchLength, pixels, a, b, output);
            }
        }
        CpuThreads.Ranges(s.Cout, RowGrain(patchLength), (from, to) =>
        {
            for (long o = from; o < to; o++)
                Transpose(product + o * patchLength, taps, channels, dw + o * patchLength);
        });
    }

    private static void BackwardInputPhase(ConvShape s, int group, int phaseY, int phaseX, float* dy, float* weight, float* dx)
    {
        int channels = s.Cin / s.Groups, outputs = s.Cout / s.Groups;
        // Output row oy meets input row y through tap ky when y + Padding = oy·Stride + ky.
        Taps rows = TapsOf(phaseY, s.Kh, s.H, s), columns = TapsOf(phaseX, s.Kw, s.W, s);
        int k = rows.Count * columns.Count * outputs;
        using var scratch = Scratch.Open();
        float* packed = scratch.Floats((long)k * channels);
        float* w = weight + (nint)group * outputs * channels * s.Kh * s.Kw;
        CpuThreads.Ranges(outputs, RowGrain(k / Math.Max(1, outputs) * channels), (from, to) =>
            GatherTaps(s, rows, columns, w, outputs, channels, packed, (int)from, (int)to));
        var b = new MatrixPanels(packed, channels, lanesAreRows: false);
        var patches = new Patches
        {
            Image = dy + group * outputs,
            H = s.Hout,
            W = s.Wout,
            PixelStride = s.Cout,
            Channels = outputs,
            Kh = rows.Count,
            Kw = columns.Count,
            Top = rows.Start,
            Left = columns.Start,
            Stride = 1,
            PatchRows = rows.Pixels,
            PatchColumns = columns.Pixels,
        };
        int perImage = rows.Pixels * columns.Pixels;
        if (s.B == 0)
            return;
        if (s.Stride == 1)
        {
            var output = new GemmOutput { C = dx + group * channels, Stride = s.Cin };
            MultiplyPatches(patches, s.B * perImage, k, channels, b, output);
            return;
        }
        int images = Math.Clamp(PhaseFloats / Math.Max(1, perImage * channels), 1, s.B);
        float* phase = scratch.Floats((long)images * perImage * channels);
        for (int image = 0; image < s.B; image += images)
        {
            int count = Math.Min(images, s.B - image);
            Patches some = patches with { Image = patches.Image + (nint)image * s.Hout * s.Wout * s.Cout };
            var output = new GemmOutput { C = phase, Stride = channels };
            MultiplyPatches(some, count * perImage, k, channels, b, output);
            float* target = dx + (nint)image * s.H * s.W * s.Cin + group * channels;
            CpuThreads.Ranges(count * rows.Pixels, RowGrain(columns.Pixels * channels), (from, to) =>
            {
                for (long row = from; row < to; row++)
                {
                    (long n, long i) = Math.DivRem(row, rows.Pixels);
                    float* line = target + ((n * s.H + i * s.Stride + phaseY) * s.W + phaseX) * s.Cin;
                    for (int j = 0; j < columns.Pixels; j++)
                    {
                        new ReadOnlySpan<float>(phase + (row * columns.Pixels + j) * channels, channels)
                            .CopyTo(new Span<float>(line + (nint)j * s.Stride * s.Cin, channels));
                    }
                }
            });
        }
    }

    // The taps of one phase along one axis, in the order in which a patch of dy meets them: last tap first.
    private static Taps TapsOf(int phase, int kernel, int size, ConvShape s)
    {
        int first = (phase + s.Padding) % s.Stride;
        int count = first < kernel ? (kernel - 1 - first) / s.Stride + 1 : 0;
        int start = (phase + s.Padding - first) / s.Stride - (count - 1);
        return new Taps(first, count, start, (size - phase + s.Stride - 1) / s.Stride);
    }

    // (Cout,Cin,Kh,Kw) to (ky, kx, Cout, Cin) of one phase, outputs from … to−1.
    private static void GatherTaps(
        ConvShape s, Taps rows, Taps columns, float* weight, int outputs, int channels, float* packed, int from, int to)
    {
        int taps = s.Kh * s.Kw;
        for (int i = 0; i < rows.Count; i++)
        {
            for (int j = 0; j < columns.Count; j++)
            {
                int ky = rows.First + (rows.Count - 1 - i) * s.Stride, kx = columns.First + (columns.Count - 1 - j) * s.Stride;
                for (int o = from; o < to; o++)
                {
                    float* source = weight + (nint)o * channels * taps + ky * s.Kw + kx;
                    float* target = packed + ((nint)(i * columns.Count + j) * outputs + o) * channels;
                    for (int c = 0; c < channels; c++)
                        target[c] = source[(nint)c * taps];
                }
            }
        }
    }

    // Along one axis: the first tap, how many there are (one every Stride), the first output row met, and the phase's pixels.
    private readonly record struct Taps(int First, int Count, int Start, int Pixels);
}
