using SspNative.Model.Config;

namespace SspNative.Model.Encoders.Bert;

/// <summary>What BERT returns.</summary>
/// <param name="LastHiddenState">(B,S,C).</param>
/// <param name="PoolerOutput">tanh(W · first token + b), (B,C).</param>
public sealed record BertOutput(Tensor LastHiddenState, Tensor PoolerOutput);

/// <summary>BERT (Devlin et al. 2018), names as in google-bert/bert-base-uncased.</summary>
public sealed class BertModel
{
    private readonly BertEmbeddings _embeddings;
    private readonly BertEncoder _encoder;
    private readonly Linear _pooler;

    public BertModel(ParameterPath root, BertConfig config)
    {
        _embeddings = new BertEmbeddings(root / "embeddings", config, tokenTypes: true);
        _encoder = new BertEncoder(root / "encoder", config, crossAttention: false);
        _pooler = new Linear(root / "pooler" / "dense", config.HiddenSize, config.HiddenSize);
    }

    public BertOutput Forward(Tensor ids, Tensor attentionMask, Tensor? tokenTypes = null) =>
        Encode(_embeddings.Forward(ids, tokenTypes), attentionMask);

    public BertOutput ForwardEmbeds(Tensor embeds, Tensor attentionMask) => Encode(_embeddings.ForwardEmbeds(embeds), attentionMask);

    private BertOutput Encode(Tensor embeddings, Tensor attentionMask)
    {
        using var scope = new TensorScope();
        Tensor x = scope.Keep(_encoder.Forward(embeddings, BertEncoder.Blocked(attentionMask)));
        Tensor first = Ops.Reshape(Ops.Narrow(x, 1, 0, 1), x.Shape[0], x.Shape[2]);
        return new BertOutput(x, scope.Keep(Ops.Tanh(_pooler.Forward(first))));
    }
}
