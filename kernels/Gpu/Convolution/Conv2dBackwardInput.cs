using SspNative.Kernels.Operators;

namespace SspNative.Kernels.Gpu;

/// <remarks>
/// dx is gathered: input pixels with equal (y mod Stride, x mod Stride) meet the same taps, so that for each such phase dx is a convolution of dy with
/// stride 1 and the kernel turned round. No product by an inserted zero is made, and no two threads add to one element.
/// </remarks>
internal sealed partial class GpuKernels
{
    public void Conv2dBackwardInput(in Conv2dBackwardInputCall call)
    {
        ConvShape s = call.Shape;
        RequireReach(s);
        for (int y = 0; y < Math.Min(s.Stride, s.H); y++)
            for (int x = 0; x < Math.Min(s.Stride, s.W); x++)
                BackwardInputPhase(in call, y, x);
    }

    private void BackwardInputPhase(in Conv2dBackwardInputCall call, int phaseY, int phaseX)
    {
        ConvShape s = call.Shape;
        int channels = s.Cin / s.Groups, outputs = s.Cout / s.Groups;
        // Output row oy meets input row y through tap ky when y + Padding = oy·Stride + ky.
        PhaseAxis rows = PhaseAxis.Of(phaseY, s.Kh, s.H, s), columns = PhaseAxis.Of(phaseX, s.Kw, s.W, s);
        int length = rows.Taps.Count * columns.Taps.Count * outputs, pixels = s.B * rows.Pixels * columns.Pixels;
        using var packed = new GpuScratch<float>(device, (long)s.Groups * length * channels);
        Regroup(Floats(call.Weight), packed.View, s.Cout, channels, rows.Taps, columns.Taps, s, outputFirst: false);
        BatchWalks walks = BatchWalks.Of(new BatchLayout(new BatchAxis(s.Groups, outputs, (long)length * channels, channels)), 0);
        var places = new PhaseRows(s, phaseY, phaseX, rows.Pixels * columns.Pixels, columns.Pixels);
        var product = new Product<ProductOutput<Identity, PhaseRows>>
        {
            M = pixels,
            N = channels,
            K = length,
            Walks = walks,
            Output = Output<Identity, PhaseRows>(Floats(call.Dx), places, s.Cin, channels, null, in walks),
        };
        product.Output.Rows = product.M;
        if (AreQuads(0, outputs, channels, [outputs, channels]))
            OverGradient(QuadView.Over(Floats(call.Dy)), QuadView.Over(packed.View), rows, columns, s, in product);
        else
            OverGradient(ScalarView.Over(Floats(call.Dy)), ScalarView.Over(packed.View), rows, columns, s, in product);
    }

    private void OverGradient<TAccess, TOutput>(TAccess dy, TAccess packed, PhaseAxis rows, PhaseAxis columns, ConvShape s, in Product<TOutput> product)
        where TAccess : struct, IOperandView<TAccess>
        where TOutput : struct, IProductOutput
    {
        var patches = new Patches<TAccess>
        {
            Images = dy,
            H = s.Hout,
            W = s.Wout,
            PixelStride = s.Cout,
            Stride = 1,
            Top = rows.Start,
            Left = columns.Start,
            Count = product.M,
            Length = product.K,
            Channels = new Divider(s.Cout / s.Groups),
            TapColumns = new Divider(Math.Max(1, columns.Taps.Count)),
            PerImage = new Divider(Math.Max(1, rows.Pixels * columns.Pixels)),
            PerRow = new Divider(Math.Max(1, columns.Pixels)),
        };
        OverPatches(patches, new StepMajor<TAccess>(packed, product.N, product.N), s, in product);
    }

    // Along one axis: the taps of a phase as a patch of dy meets them, last tap first; the first output row met; and the phase's pixels.
    private readonly record struct PhaseAxis(TapRange Taps, int Start, int Pixels)
    {
        public static PhaseAxis Of(int phase, int kernel, int size, ConvShape s)
        {
            int first = (phase + s.Padding) % s.Stride;
            int count = first < kernel ? (kernel - 1 - first) / s.Stride + 1 : 0;
            int start = (phase + s.Padding - first) / s.Stride - (count - 1);
            return new PhaseAxis(new TapRange(first + (count - 1) * s.Stride, -s.Stride, count), start, (size - phase + s.Stride - 1) / s.Stride);
        }
    }
}

/// <summary>Pixels of one phase of dx (B,H,W,Cin).</summary>
internal readonly struct PhaseRows(ConvShape s, int phaseY, int phaseX, int perImage, int perRow) : IRowPlaces
{
    private readonly Divider _perImage = new(Math.Max(1, perImage)), _perRow = new(Math.Max(1, perRow));
    private readonly int _h = s.H, _w = s.W, _channels = s.Cin, _stride = s.Stride, _y = phaseY, _x = phaseX;

    public long Of(int row)
    {
        (int image, int rest) = _perImage.Divide(row);
        (int i, int j) = _perRow.Divide(rest);
        return ((long)(image * _h + i * _stride + _y) * _w + j * _stride + _x) * _channels;
    }
}
