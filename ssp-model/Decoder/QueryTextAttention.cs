using SspNative.Model.Alignment;
using SspNative.Model.Encoders.Bert;

namespace SspNative.Model.Decoder;

/// <summary>Encoded text.</summary>
/// <param name="Tokens">(B,S,d).</param>
/// <param name="AttentionMask">1 for real tokens, 0 for padding (1,S), I64; the same for all B.</param>
public readonly record struct TextTokens(Tensor Tokens, Tensor AttentionMask);

/// <summary>What queries and text are to an attention.</summary>
/// <param name="X">Queries (B,N,C).</param>
/// <param name="QueryPosition">Their position embedding (1,N,C).</param>
/// <param name="Text">What they read.</param>
internal readonly record struct QueriesAndText(Tensor X, Tensor QueryPosition, TextTokens Text);

/// <summary>
/// Queries read the text: x + out(attention(x + position, text)): (B,N,C) → (B,N,C). <c>out_proj</c> is 0 at first, so that a network to which it is
/// added computes what it computed before. Not in the paper.
/// </summary>
internal sealed class QueryTextAttention : Layer<QueriesAndText>
{
    private readonly AttentionToText _attention;

    /// <param name="path">Its prefix.</param>
    /// <param name="channels">C.</param>
    /// <param name="textChannels">d.</param>
    /// <param name="heads">Attention heads.</param>
    public QueryTextAttention(ParameterPath path, int channels, int textChannels, int heads)
        : base("text attention") =>
        _attention = new AttentionToText(path.As(Role.Head), channels, textChannels, heads, Init.Zeros);

    protected override Tensor Compute(QueriesAndText inputs)
    {
        (Tensor x, Tensor queryPosition, TextTokens text) = inputs;
        Tensor blocked = Ops.Expand(BertEncoder.Blocked(text.AttentionMask), [x.Shape[0], text.Tokens.Shape[1]]);
        return _attention.Forward(new(x, queryPosition, text.Tokens, blocked));
    }
}
