using SspNative.Peers.Libtorch.Kernels;
using SspNative.Peers.Models;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace SspNative.Peers.Libtorch.Models;

/// <summary>x + attention(LN(x)), then + MLP(LN(x)) on tokens (B,H·W,C), each branch ending in AAVS's adapter.</summary>
internal sealed class SwinBlock
{
    private readonly LayerNorm _normBefore;
    private readonly WindowAttention _attention;
    private readonly Mlp _attentionAdapter;
    private readonly LayerNorm _normAfter;
    private readonly Mlp _mlp;
    private readonly Mlp _mlpAdapter;
    private readonly int _window;
    private readonly int _shift;
    private readonly Dictionary<(long H, long W), Tensor> _masks = [];

    public SwinBlock(Weights.Path path, SwinSizes sizes, int channels, int heads, bool shifted)
    {
        (_window, _shift) = (sizes.WindowSize, shifted ? sizes.WindowSize / 2 : 0);
        _normBefore = (path / "layernorm_before").LayerNorm(channels);
        _attention = new WindowAttention(path / "attention", channels, heads, _window);
        _attentionAdapter = Mlp.Adapter(path / "attention" / "output" / "swin_adapt_1", channels);
        _normAfter = (path / "layernorm_after").LayerNorm(channels);
        _mlp = new Mlp(
            path / "intermediate" / "dense", path / "output" / "dense", channels, (long)(channels * sizes.MlpRatio), Mlp.Gelu);
        _mlpAdapter = Mlp.Adapter(path / "output" / "swin_adapt_3", channels);
    }

    public Tensor Forward(Tensor x, long height, long width)
    {
        using DisposeScope scope = NewDisposeScope();
        x = x + Attend(_normBefore.forward(x), height, width);
        Tensor branch = _mlp.Forward(_normAfter.forward(x));
        return (x + (branch + _mlpAdapter.Forward(branch))).MoveToOuterDisposeScope();
    }

    private Tensor Attend(Tensor x, long height, long width)
    {
        using DisposeScope scope = NewDisposeScope();
        long b = x.shape[0], c = x.shape[2];
        long bottom = (_window - height % _window) % _window, right = (_window - width % _window) % _window;
        Tensor map = x.view(b, height, width, c);
        if (bottom + right > 0)
            map = nn.functional.pad(map, [0, 0, 0, right, 0, bottom]);
        long h = height + bottom, w = width + right;
        if (_shift > 0)
            map = map.roll([-_shift, -_shift], [1, 2]);
        Tensor windows = map.view(b, h / _window, _window, w / _window, _window, c).permute(0, 1, 3, 2, 4, 5).reshape(-1, _window * _window, c);
        Tensor attended = _attention.Forward(windows, _shift > 0 ? Mask(h, w) : null);
        attended = attended + _attentionAdapter.Forward(attended);
        map = attended.view(b, h / _window, w / _window, _window, _window, c).permute(0, 1, 3, 2, 4, 5).reshape(b, h, w, c);
        if (_shift > 0)
            map = map.roll([_shift, _shift], [1, 2]);
        if (bottom + right > 0)
            map = map.narrow(1, 0, height).narrow(2, 0, width);
        return map.reshape(b, height * width, c).MoveToOuterDisposeScope();
    }

    private Tensor Mask(long height, long width)
    {
        if (!_masks.TryGetValue((height, width), out Tensor? mask))
            _masks.Add((height, width), mask = WindowMask.Shifted((int)height, (int)width, _window, _shift).DetachFromDisposeScope());
        return mask;
    }
}

/// <summary>Attention inside windows with a relative position bias: (B·windows,window²,C) → the same.</summary>
internal sealed class WindowAttention(Weights.Path path, int channels, int heads, int window)
{
    private readonly Weights _weights = path.Owner;
    private readonly Parameter _table = (path / "self").Parameter("relative_position_bias_table", (2 * window - 1) * (2 * window - 1), heads);
    private readonly Linear _query = (path / "self" / "query").Linear(channels, channels);
    private readonly Linear _key = (path / "self" / "key").Linear(channels, channels);
    private readonly Linear _value = (path / "self" / "value").Linear(channels, channels);
    private readonly Linear _dense = (path / "output" / "dense").Linear(channels, channels);
    private readonly Tensor _index = WindowMask.RelativePositionIndex(window);

    /// <param name="x">Windows.</param>
    /// <param name="mask">(windows of one image, window², window²), or none.</param>
    public Tensor Forward(Tensor x, Tensor? mask)
    {
        using DisposeScope scope = NewDisposeScope();
        long area = window * window;
        Tensor bias = _table.index_select(0, _index).view(area, area, heads).permute(2, 0, 1).contiguous().unsqueeze(0);
        if (mask is not null)
            bias = (bias + mask.unsqueeze(1)).repeat(x.shape[0] / mask.shape[0], 1, 1, 1);
        Tensor attended = _weights.Attention.Apply(
            AttentionForm.Split(_query.forward(x), heads), AttentionForm.Split(_key.forward(x), heads),
            AttentionForm.Split(_value.forward(x), heads), bias);
        return _dense.forward(AttentionForm.Merge(attended)).MoveToOuterDisposeScope();
    }
}
