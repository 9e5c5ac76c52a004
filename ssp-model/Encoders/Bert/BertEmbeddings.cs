using SspNative.Model.Config;

namespace SspNative.Model.Encoders.Bert;

/// <summary>What is embedded.</summary>
/// <param name="Words">Embeddings of the words (B,S,C).</param>
/// <param name="TokenTypes">Their token types (B,S), I64; all 0 when not given.</param>
internal readonly record struct EmbeddedWords(Tensor Words, Tensor? TokenTypes = null);

/// <summary>LN(words + positions (+ token types)) → (B,S,C).</summary>
internal sealed class BertEmbeddings : Layer<EmbeddedWords>
{
    private const int PaddingId = 0;

    private static readonly Initializer _init = Init.Uniform(deviation: 0.02);

    private readonly Engine.Nn.Embedding _words;
    private readonly Tensor _positions;
    private readonly Tensor? _tokenTypes;
    private readonly LayerNorm _norm;
    private readonly BertConfig _config;

    public BertEmbeddings(ParameterPath path, BertConfig config, bool tokenTypes)
    {
        int c = config.HiddenSize;
        _config = config;
        _words = new Engine.Nn.Embedding(path / "word_embeddings", config.VocabSize, c, _init, PaddingId);
        _positions = (path / "position_embeddings").Get("weight", [config.MaxPositionEmbeddings, c], _init);
        _tokenTypes = tokenTypes ? (path / "token_type_embeddings").Get("weight", [config.TypeVocabSize, c], _init) : null;
        _norm = new LayerNorm(path / "LayerNorm", c, config.LayerNormEps);
    }

    /// <summary>Embeddings of words: ids (B,S) → (B,S,C).</summary>
    public Tensor Words(Tensor ids) => _words.Forward(ids);

    protected override Tensor Compute(EmbeddedWords input)
    {
        (Tensor words, Tensor? tokenTypes) = input;
        int s = words.Shape[1];
        if (s > _config.MaxPositionEmbeddings)
            throw new ArgumentException($"bert: {s} tokens exceed the {_config.MaxPositionEmbeddings} positions of the model");
        Tensor x = Ops.Add(words, Ops.Narrow(_positions, 0, 0, s));
        if (_tokenTypes is not null)
            x = Ops.Add(x, tokenTypes is null ? Ops.Narrow(_tokenTypes, 0, 0, 1) : Ops.Embedding(tokenTypes, _tokenTypes));
        return _norm.Forward(x);
    }
}
