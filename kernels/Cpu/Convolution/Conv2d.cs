namespace SspNative.Kernels.Cpu;

/// <remarks>
/// Convolutions are matrix products over patches of the image that are gathered while panels are packed (implicit GEMM):
/// y = patches(x) · Wᵀ, dx = patches(dy) · W with the kernel turned round, dW = dyᵀ · patches(x), group by group.
/// Where <see cref="Winograd{TSimd, TVec}"/> suits and is allowed, all three are its; <see cref="ThinConvolution{TSimd, TVec}"/> does those of few taps.
/// </remarks>
internal sealed unsafe partial class CpuKernels<TSimd, TVec>
{
    public void Conv2d(in Conv2dCall call)
    {
        ConvShape s = call.Shape;
        var finished = new GemmOutput
        {
            C = Floats(call.Y),
            Stride = s.Cout,
            Bias = call.Bias is null ? null : Floats(call.Bias),
            Activation = call.Activation,
        };
        if (_winograd && Winograd<TSimd, TVec>.Suits(s))
        {
            Winograd<TSimd, TVec>.Forward(s, Floats(call.X), Floats(call.Weight), finished);
            return;
        }
        if (ThinConvolution<TSimd, TVec>.Suits(s))
        {
            ThinConvolution<TSimd, TVec>.Forward(s, Floats(call.X), Floats(call.Weight), finished);
            return;
        }
        int channels = s.Cin / s.Groups, outputs = s.Cout / s.Groups, taps = s.Kh * s.Kw;
        int patchLength = taps * channels;
        using var scratch = Scratch.Open();
        float* packed = scratch.Floats((long)s.Cout * patchLength), w = Floats(call.Weight);
        // (Cout,Cin,Kh,Kw) to (Cout,Kh,Kw,Cin).
        CpuThreads.Ranges(s.Cout, RowGrain(patchLength), (from, to) =>
        {
            for (long o = from; o < to; o++)
                Transpose(w + o * patchLength, channels, taps, packed + o * patchLength);
        });
        for (int group = 0; group < s.Groups; group++)
        {
            GemmOutput output = finished with
            {
                C = finished.C + group * outputs,
                Bias = finished.Bias == null ? null : finished.Bias + group * outputs,
            };
            var b = new MatrixPanels(packed + (nint)group * outputs * patchLength, patchLength, lanesAreRows: true);
            Patches patches = InputPatches(s, Floats(call.X) + group * channels);
            MultiplyPatches(patches, s.B * s.Hout * s.Wout, patchLength, outputs, b, output);
        }
    }

    // The first patches, as rows of length k, times b (k,n).
    private static void MultiplyPatches(Patches patches, int count, int k, int n, MatrixPanels b, GemmOutput output)
    {
        if (patches.ArePixels)
        {
            var a = new MatrixPanels(patches.Image, patches.PixelStride, lanesAreRows: true);
            BlockedProduct<TSimd, TVec, MatrixPanels, MatrixPanels>.Run(count, n, k, a, b, output);
        }
        else
        {
            BlockedProduct<TSimd, TVec, PatchRows, MatrixPanels>.Run(count, n, k, new PatchRows(patches), b, output);
        }
    }

    // y (columns, rows) = xᵀ of x (rows, columns).
    private static void Transpose(float* x, int rows, int columns, float* y)
    {
        for (int j = 0; j < columns; j++)
        {
            for (int i = 0; i < rows; i++)
                y[(nint)j * rows + i] = x[(nint)i * columns + j];
        }
    }

    private static Patches InputPatches(ConvShape s, float* image) => new()
    {
        Image = image,
        H = s.H,
        W = s.W,
        PixelStride = s.Cin,
        Channels = s.Cin / s.Groups,
        Kh = s.Kh,
        Kw = s.Kw,
        Top = -s.Padding,
        Left = -s.Padding,
        Stride = s.Stride,
        PatchRows = s.Hout,
        PatchColumns = s.Wout,
    };
}
