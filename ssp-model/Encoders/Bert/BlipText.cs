using SspNative.Model.Config;

namespace SspNative.Model.Encoders.Bert;

/// <summary>
/// BLIP's text encoder (Li et al. 2022): BERT without token types, whose layers can attend to an encoder. Names as in
/// Salesforce/blip-image-captioning-base below <c>text_decoder.bert</c>.
/// </summary>
public sealed class BlipText
{
    private readonly BertEmbeddings _embeddings;
    private readonly BertEncoder _encoder;

    public BlipText(ParameterPath root, BertConfig config)
    {
        _embeddings = new BertEmbeddings(root / "embeddings", config, tokenTypes: false);
        _encoder = new BertEncoder(root / "encoder", config, crossAttention: true);
    }

    /// <summary>Words and positions, normalised: ids (B,S) → (B,S,C).</summary>
    public Tensor Embed(Tensor ids) => _embeddings.Forward(new(_embeddings.Words(ids)));

    /// <summary>Tokens of other kinds as if they were words: positions added, normalised: (B,S,C) → (B,S,C).</summary>
    public Tensor EmbedTokens(Tensor tokens) => _embeddings.Forward(new(tokens));

    /// <summary>The layers on ready embeddings (B,S,C), with cross attention when an encoder (B,M,E) is given.</summary>
    public Tensor Encode(Tensor embeddings, Tensor? blocked, Tensor? encoder = null, Tensor? encoderBlocked = null) =>
        _encoder.Forward(new(embeddings, blocked, encoder, encoderBlocked));
}
