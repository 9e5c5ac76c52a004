using SspNative.Model.Config;

namespace SspNative.Model.Encoders.Bert;

/// <summary>What BERT returns.</summary>
/// <param name="LastHiddenState">(B,S,C).</param>
/// <param name="PoolerOutput">tanh(W · first token + b), (B,C).</param>
public sealed record BertOutput(Tensor LastHiddenState, Tensor PoolerOutput) : ITensors
{
    public IEnumerable<Tensor> Tensors => [LastHiddenState, PoolerOutput];
}

/// <summary>What BERT reads.</summary>
/// <param name="Words">Embeddings of the words (B,S,C).</param>
/// <param name="AttentionMask">1 for real tokens, 0 for padding (B,S), I64.</param>
/// <param name="TokenTypes">Token types (B,S), I64; all 0 when not given.</param>
public readonly record struct BertModelInputs(Tensor Words, Tensor AttentionMask, Tensor? TokenTypes = null);

/// <summary>BERT (Devlin et al. 2018), names as in google-bert/bert-base-uncased.</summary>
public sealed class BertModel : Layer<BertModelInputs, BertOutput>
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
        ForwardEmbeds(_embeddings.Words(ids), attentionMask, tokenTypes);

    public BertOutput ForwardEmbeds(Tensor embeds, Tensor attentionMask, Tensor? tokenTypes = null) =>
        Forward(new(embeds, attentionMask, tokenTypes));

    protected override BertOutput Compute(BertModelInputs inputs)
    {
        Tensor x = _embeddings.Forward(new(inputs.Words, inputs.TokenTypes));
        x = _encoder.Forward(new(x, BertEncoder.Blocked(inputs.AttentionMask)));
        Tensor first = Ops.Reshape(Ops.Narrow(x, 1, 0, 1), x.Shape[0], x.Shape[2]);
        return new BertOutput(x, Ops.Tanh(_pooler.Forward(first)));
    }
}
