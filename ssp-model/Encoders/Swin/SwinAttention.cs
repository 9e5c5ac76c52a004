using SspNative.Model.Config;

namespace SspNative.Model.Encoders.Swin;

/// <summary>(Shifted-)window self attention over a map, which it frees as soon as it is projected: (B,H,W,C) → (B,H,W,C).</summary>
internal sealed class SwinAttention : Layer<Handover<Tensor>>
{
    private readonly Linear _query;
    private readonly Linear _key;
    private readonly Linear _value;
    private readonly Tensor _biasTable;
    private readonly Linear _dense;
    private readonly SwinAdapter? _adapter;
    private readonly int _heads;
    private readonly int _window;
    private readonly int _shift;

    public SwinAttention(ParameterPath path, SwinConfig config, int channels, int heads, int shift)
    {
        ParameterPath self = path / "self";
        int span = 2 * config.WindowSize - 1;
        _biasTable = self.Get("relative_position_bias_table", [span * span, heads], Init.Uniform(deviation: 0.02));
        _query = new Linear(self / "query", channels, channels, config.QkvBias);
        _key = new Linear(self / "key", channels, channels, config.QkvBias);
        _value = new Linear(self / "value", channels, channels, config.QkvBias);
        _dense = new Linear(path / "output" / "dense", channels, channels);
        _adapter = config.Adapters ? new SwinAdapter(path / "output" / "swin_adapt_1", channels) : null;
        _heads = heads;
        _window = config.WindowSize;
        _shift = shift;
    }

    protected override Tensor Compute(Handover<Tensor> map)
    {
        Tensor x = map.Value;
        (int h, int w) = (x.Shape[1], x.Shape[2]);
        Tensor y = x.ReplacedBy(Project(x));
        y = y.ReplacedBy(Ops.WindowAttention(y, _biasTable, _window, _shift, _heads));
        y = y.ReplacedBy(Ops.Crop2d(y, h, w));
        y = y.ReplacedBy(_dense.Forward(y));
        return _adapter is null ? y : _adapter.Forward(y);
    }

    // Query, key and value side by side. The map is padded before, as published: padded tokens carry the biases and take part in attention.
    private Tensor Project(Tensor x) => TensorScope.Run(() => Ops.LinearConcat(
        Ops.Pad2d(x, RoundUp(x.Shape[1]), RoundUp(x.Shape[2])),
        (_query.Weight, _query.Bias), (_key.Weight, _key.Bias), (_value.Weight, _value.Bias)));

    private int RoundUp(int size) => (size + _window - 1) / _window * _window;
}
