using SspNative.Peers.Libtorch.Kernels;
using SspNative.Peers.Models;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace SspNative.Peers.Libtorch.Models;

/// <summary>BERT: ids (B,S) → hidden states (B,S,C) and the pooled first token (B,C).</summary>
internal sealed class Bert
{
    private const double Epsilon = 1e-12;

    private readonly Embedding _words;
    private readonly Parameter _positions;
    private readonly Embedding _types;
    private readonly LayerNorm _norm;
    private readonly BertLayer[] _layers;
    private readonly Linear _pooler;

    public Bert(Weights weights, BertSizes sizes)
    {
        int c = sizes.HiddenSize;
        Weights.Path root = weights.Root, embeddings = root / "embeddings";
        _words = (embeddings / "word_embeddings").Embedding(sizes.VocabSize, c);
        _positions = (embeddings / "position_embeddings").Parameter("weight", sizes.MaxPositionEmbeddings, c);
        _types = (embeddings / "token_type_embeddings").Embedding(sizes.TypeVocabSize, c);
        _norm = (embeddings / "LayerNorm").LayerNorm(c, Epsilon);
        _layers = [.. Enumerable.Range(0, sizes.NumHiddenLayers).Select(i => new BertLayer(root / "encoder" / "layer" / i, sizes, Epsilon))];
        _pooler = (root / "pooler" / "dense").Linear(c, c);
    }

    /// <param name="ids">(B,S).</param>
    /// <param name="types">Token types (B,S); all 0 when not given.</param>
    /// <param name="mask">Ones and zeros (B,S), 0 = padding; none when nothing is padding.</param>
    public (Tensor Hidden, Tensor Pooled) Forward(Tensor ids, Tensor? types = null, Tensor? mask = null)
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor words = _words.forward(ids);
        Tensor type = types is null ? _types.weight!.narrow(0, 0, 1) : _types.forward(types);
        Tensor x = _norm.forward(words + type + _positions.narrow(0, 0, ids.shape[1]));
        Tensor? seen = mask?.ne(0).unsqueeze(1).unsqueeze(1);
        foreach (BertLayer layer in _layers)
        {
            Tensor next = layer.Forward(x, seen);
            x.Dispose();
            x = next;
        }
        Tensor pooled = _pooler.forward(x.select(1, 0)).tanh();
        return (x.MoveToOuterDisposeScope(), pooled.MoveToOuterDisposeScope());
    }
}

/// <summary>Self attention and feed-forward, each followed by residual and LayerNorm.</summary>
internal sealed class BertLayer(Weights.Path path, BertSizes sizes, double epsilon)
{
    private readonly Weights _weights = path.Owner;
    private readonly Linear _query = (path / "attention" / "self" / "query").Linear(sizes.HiddenSize, sizes.HiddenSize);
    private readonly Linear _key = (path / "attention" / "self" / "key").Linear(sizes.HiddenSize, sizes.HiddenSize);
    private readonly Linear _value = (path / "attention" / "self" / "value").Linear(sizes.HiddenSize, sizes.HiddenSize);
    private readonly Linear _out = (path / "attention" / "output" / "dense").Linear(sizes.HiddenSize, sizes.HiddenSize);
    private readonly LayerNorm _attentionNorm = (path / "attention" / "output" / "LayerNorm").LayerNorm(sizes.HiddenSize, epsilon);
    private readonly Mlp _mlp = new(
        path / "intermediate" / "dense", path / "output" / "dense", sizes.HiddenSize, sizes.IntermediateSize, Mlp.Gelu);
    private readonly LayerNorm _norm = (path / "output" / "LayerNorm").LayerNorm(sizes.HiddenSize, epsilon);

    public Tensor Forward(Tensor x, Tensor? seen)
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor attended = _weights.Attention.Apply(Heads(_query, x), Heads(_key, x), Heads(_value, x), seen);
        x = _attentionNorm.forward(_out.forward(AttentionForm.Merge(attended)) + x);
        return _norm.forward(_mlp.Forward(x) + x).MoveToOuterDisposeScope();
    }

    private Tensor Heads(Linear projection, Tensor x) => AttentionForm.Split(projection.forward(x), sizes.NumAttentionHeads);
}
