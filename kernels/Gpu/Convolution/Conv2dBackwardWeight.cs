using ILGPU;

namespace SspNative.Kernels.Gpu;

internal sealed partial class GpuKernels
{
    /// <remarks>dW = dyᵀ · patches(x), over all pixels of all images: long sums, of which groups compute parts.</remarks>
    public void Conv2dBackwardWeight(in Conv2dBackwardWeightCall call)
    {
        ConvShape s = call.Shape;
        RequireReach(s);
        int channels = s.Cin / s.Groups, outputs = s.Cout / s.Groups, length = s.Kh * s.Kw * channels;
        BatchWalks walks = BatchWalks.Of(new BatchLayout(new BatchAxis(s.Groups, outputs, channels, (long)outputs * length)), 0);
        var product = new Product<WeightGradient>
        {
            M = outputs,
            N = length,
            K = s.B * s.Hout * s.Wout,
            Walks = walks,
            Output = new WeightGradient(Floats(call.DWeight), walks.Places, outputs, s.Kh * s.Kw, channels),
        };
        ArrayView<float> x = Floats(call.X);
        if (AreQuads(0, s.Cout, outputs, []))
            OverInput(new StepMajor<QuadView>(QuadView.Over(Floats(call.Dy)), s.Cout, outputs), x, s, in product);
        else
            OverInput(new StepMajor<ScalarView>(ScalarView.Over(Floats(call.Dy)), s.Cout, outputs), x, s, in product);
    }

    private void OverInput<TA>(TA a, ArrayView<float> x, ConvShape s, in Product<WeightGradient> product)
        where TA : struct, IPanels<TA>
    {
        if (AreQuads(0, s.Cin, s.Cin / s.Groups, []))
            Run(a, new PatchColumns<QuadView>(InputPatches(s, QuadView.Over(x))), in product);
        else
            Run(a, new PatchColumns<ScalarView>(InputPatches(s, ScalarView.Over(x))), in product);
    }
}

/// <summary>A product (Cout, Kh · Kw · Cin) of each group, stored as (Cout,Cin,Kh,Kw).</summary>
internal readonly struct WeightGradient(ArrayView<float> dw, Walk items, int outputs, int taps, int channels) : IProductOutput
{
    private readonly ArrayView<float> _dw = dw;
    private readonly Walk _items = items;
    private readonly int _outputs = outputs, _taps = taps;
    private readonly Divider _channels = new(channels);

    public OutputPlace Place(int item, int part) => new() { C = _items.At(item).A };

    public void Store(OutputPlace place, int row, int column, F4 sums)
    {
        if (row >= _outputs)
            return;
        long at = place.C + (long)row * _taps * _channels.Divisor;
        Store(at, column, sums.X);
        Store(at, column + 1, sums.Y);
        Store(at, column + 2, sums.Z);
        Store(at, column + 3, sums.W);
    }

    private void Store(long at, int column, float sum)
    {
        (int tap, int channel) = _channels.Divide(column);
        if (tap < _taps)
            _dw[at + channel * _taps + tap] = sum;
    }
}
