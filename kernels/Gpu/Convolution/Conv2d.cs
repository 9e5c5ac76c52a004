using ILGPU;
using SspNative.Kernels.Operators;

namespace SspNative.Kernels.Gpu;

/// <remarks>
/// Convolutions are matrix products over patches that are found while they are loaded (implicit GEMM): y = patches(x) · Wᵀ, group by group. Channels
/// run fastest along a patch, so that quads of them are loaded; the weight is copied into that order first.
/// </remarks>
internal sealed partial class GpuKernels
{
    public void Conv2d(in Conv2dCall call)
    {
        var convolution = new ActivatedConvolution(this, call);
        call.Activation.Visit(ref convolution);
    }

    private readonly struct ActivatedConvolution(GpuKernels kernels, Conv2dCall call) : IActivationVisitor
    {
        public void Visit<TOp>() where TOp : struct, IUnaryOperator => kernels.Convolve<TOp>(call);
    }

    private void Convolve<TActivation>(in Conv2dCall call)
        where TActivation : struct, IUnaryOperator
    {
        ConvShape s = call.Shape;
        RequireReach(s);
        int channels = s.Cin / s.Groups, outputs = s.Cout / s.Groups, taps = s.Kh * s.Kw, length = taps * channels;
        BatchWalks walks = BatchWalks.Of(new BatchLayout(new BatchAxis(s.Groups, channels, (long)outputs * length, outputs)), 0, outputs);
        var product = new Product<ProductOutput<TActivation, EvenRows>>
        {
            M = s.B * s.Hout * s.Wout,
            N = outputs,
            K = length,
            Walks = walks,
            Output = Output<TActivation, EvenRows>(Floats(call.Y), new EvenRows(s.Cout), s.Cout, outputs, call.Bias, in walks),
        };
        product.Output.Rows = product.M;
        // (Cout,Cin,Kh,Kw) to (Cout,Kh,Kw,Cin).
        using var packed = new GpuScratch<float>(device, s.Weights);
        Regroup(Floats(call.Weight), packed.View, s.Cout, channels, new TapRange(0, 1, s.Kh), new TapRange(0, 1, s.Kw), s, outputFirst: true);
        if (AreQuads(0, length, channels, [channels, (long)outputs * length]))
            OverPatches(InputPatches(s, QuadView.Over(Floats(call.X))), new LaneMajor<QuadView>(QuadView.Over(packed.View), length, outputs), s, in product);
        else
            OverPatches(
                InputPatches(s, ScalarView.Over(Floats(call.X))), new LaneMajor<ScalarView>(ScalarView.Over(packed.View), length, outputs), s, in product);
    }

    // Patches of one pixel are rows of a matrix.
    private void OverPatches<TAccess, TB, TOutput>(Patches<TAccess> patches, TB b, ConvShape s, in Product<TOutput> product)
        where TAccess : struct, IOperandView<TAccess>
        where TB : struct, IPanels<TB>
        where TOutput : struct, IProductOutput
    {
        if (s is { Kh: 1, Kw: 1, Stride: 1, Padding: 0 })
            Run(new LaneMajor<TAccess>(patches.Images, patches.PixelStride, patches.Count), b, in product);
        else
            Run(new PatchRows<TAccess>(patches), b, in product);
    }

    private ProductOutput<TActivation, TRows> Output<TActivation, TRows>(
        ArrayView<float> y, TRows rows, int stride, int columns, DeviceBuffer? bias, in BatchWalks walks)
        where TActivation : struct, IUnaryOperator
        where TRows : struct, IRowPlaces => new()
        {
            C = y,
            Bias = Floats(OrAbsent(bias)),
            Residual = Floats(device.Absent),
            PreActivation = Floats(device.Absent),
            RowPlaces = rows,
            Items = walks.Places,
            Columns = columns,
            HasBias = bias is null ? 0 : 1,
            InQuads = AreQuads(0, stride, columns, walks.CStrides) ? 1 : 0,
        };

    // Kernels count pixels, and the elements of images, in 32 bits.
    private static void RequireReach(ConvShape s)
    {
        if (Math.Max(s.Inputs, s.Outputs) > int.MaxValue)
            throw new NotSupportedException(
                $"a convolution on a GPU reaches 2³¹ − 1 elements, and this has {Math.Max(s.Inputs, s.Outputs):N0}: use a smaller batch");
    }

    private static Patches<TAccess> InputPatches<TAccess>(ConvShape s, TAccess images)
        where TAccess : struct, IOperandView<TAccess> => new()
        {
            Images = images,
            H = s.H,
            W = s.W,
            PixelStride = s.Cin,
            Stride = s.Stride,
            Top = -s.Padding,
            Left = -s.Padding,
            Count = s.B * s.Hout * s.Wout,
            Length = s.Kh * s.Kw * (s.Cin / s.Groups),
            Channels = new Divider(s.Cin / s.Groups),
            TapColumns = new Divider(s.Kw),
            PerImage = new Divider(Math.Max(1, s.Hout * s.Wout)),
            PerRow = new Divider(Math.Max(1, s.Wout)),
        };

    /// <summary>Copies a weight so that its channels run fastest, in whatever order its taps are met.</summary>
    private void Regroup(
        ArrayView<float> weight, ArrayView<float> packed, int outputs, int channels, TapRange rows, TapRange columns, ConvShape s, bool outputFirst)
    {
        int count = checked(outputs * channels * rows.Count * columns.Count);
        var kernel = new RegroupKernel(
            weight, packed, rows, columns, s.Kh, s.Kw, new Divider(channels), new Divider(s.Cout / s.Groups), new Divider(Math.Max(1, columns.Count)),
            new Divider(Math.Max(1, rows.Count * columns.Count)), outputFirst ? 1 : 0, count);
        device.Run(kernel, Groups(count, RegroupKernel.GroupSize));
    }
}

/// <summary>Taps along one axis: from one on, in steps that may lead back.</summary>
internal readonly struct TapRange(int first, int step, int count)
{
    public readonly int First = first, Step = step, Count = count;
}

/// <summary>A weight (Cout,Cin,Kh,Kw) as (Cout,rows,columns,Cin), or as (group,rows,columns,Cout of the group,Cin).</summary>
internal readonly struct RegroupKernel(
    ArrayView<float> weight, ArrayView<float> packed, TapRange rows, TapRange columns, int kh, int kw,
    Divider channels, Divider groupOutputs, Divider tapColumns, Divider taps, int outputFirst, int count) : IGpuKernel
{
    public static int GroupSize => 256;

    public void Run()
    {
        int i = Grid.GlobalIndex.X;
        if (i >= count)
            return;
        (int rest, int channel) = channels.Divide(i);
        int output, tap;
        if (outputFirst != 0)
        {
            (output, tap) = taps.Divide(rest);
        }
        else
        {
            (rest, int inGroup) = groupOutputs.Divide(rest);
            (int group, tap) = taps.Divide(rest);
            output = group * groupOutputs.Divisor + inGroup;
        }
        (int row, int column) = tapColumns.Divide(tap);
        int y = rows.First + row * rows.Step, x = columns.First + column * columns.Step;
        packed[i] = weight[((output * channels.Divisor + channel) * kh + y) * kw + x];
    }
}
