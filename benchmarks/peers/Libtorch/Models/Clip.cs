using SspNative.Peers.Libtorch.Kernels;
using SspNative.Peers.Models;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace SspNative.Peers.Libtorch.Models;

/// <summary>CLIP's vision transformer: images (B,3,S,S) → hidden states (B,1+P,C) and the normalised class token (B,C).</summary>
internal sealed class Clip
{
    private readonly Parameter _class;
    private readonly Conv2d _patches;
    private readonly Parameter _positions;
    private readonly LayerNorm _preNorm;
    private readonly ClipLayer[] _layers;
    private readonly LayerNorm _postNorm;

    public Clip(Weights weights, ClipSizes sizes)
    {
        int c = sizes.HiddenSize, side = sizes.ImageSize / sizes.PatchSize;
        Weights.Path root = weights.Root / "vision_model", embeddings = root / "embeddings";
        _class = embeddings.Parameter("class_embedding", c);
        _patches = (embeddings / "patch_embedding").Conv2d(3, c, sizes.PatchSize, sizes.PatchSize, bias: false);
        _positions = (embeddings / "position_embedding").Parameter("weight", side * side + 1, c);
        _preNorm = (root / "pre_layrnorm").LayerNorm(c);
        _layers = [.. Enumerable.Range(0, sizes.NumHiddenLayers).Select(i => new ClipLayer(root / "encoder" / "layers" / i, sizes))];
        _postNorm = (root / "post_layernorm").LayerNorm(c);
    }

    public (Tensor Hidden, Tensor Pooled) Forward(Tensor images)
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor patches = _patches.forward(images).flatten(2).transpose(1, 2);
        Tensor tokens = cat([_class.expand(images.shape[0], 1, -1), patches], 1);
        Tensor x = _preNorm.forward(tokens + _positions);
        foreach (ClipLayer layer in _layers)
        {
            Tensor next = layer.Forward(x);
            x.Dispose();
            x = next;
        }
        Tensor pooled = _postNorm.forward(x.select(1, 0));
        return (x.MoveToOuterDisposeScope(), pooled.MoveToOuterDisposeScope());
    }
}

/// <summary>x + attention(LN(x)), then + MLP(LN(x)).</summary>
internal sealed class ClipLayer(Weights.Path path, ClipSizes sizes)
{
    private readonly Weights _weights = path.Owner;
    private readonly LayerNorm _norm1 = (path / "layer_norm1").LayerNorm(sizes.HiddenSize);
    private readonly Linear _query = (path / "self_attn" / "q_proj").Linear(sizes.HiddenSize, sizes.HiddenSize);
    private readonly Linear _key = (path / "self_attn" / "k_proj").Linear(sizes.HiddenSize, sizes.HiddenSize);
    private readonly Linear _value = (path / "self_attn" / "v_proj").Linear(sizes.HiddenSize, sizes.HiddenSize);
    private readonly Linear _out = (path / "self_attn" / "out_proj").Linear(sizes.HiddenSize, sizes.HiddenSize);
    private readonly LayerNorm _norm2 = (path / "layer_norm2").LayerNorm(sizes.HiddenSize);
    private readonly Mlp _mlp = new(path / "mlp" / "fc1", path / "mlp" / "fc2", sizes.HiddenSize, sizes.IntermediateSize, QuickGelu);

    public Tensor Forward(Tensor x)
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor normed = _norm1.forward(x);
        Tensor attended = _weights.Attention.Apply(Heads(_query, normed), Heads(_key, normed), Heads(_value, normed));
        x = x + _out.forward(AttentionForm.Merge(attended));
        return (x + _mlp.Forward(_norm2.forward(x))).MoveToOuterDisposeScope();
    }

    private static Tensor QuickGelu(Tensor x)
    {
        using DisposeScope scope = NewDisposeScope();
        return (x * (1.702 * x).sigmoid()).MoveToOuterDisposeScope();
    }

    private Tensor Heads(Linear projection, Tensor x) => AttentionForm.Split(projection.forward(x), sizes.NumAttentionHeads);
}
