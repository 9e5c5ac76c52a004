using SspNative.Model.Config;
using SspNative.Model.Encoders.Bert;

namespace SspNative.Model.Alignment;

/// <summary>What attention to text reads.</summary>
/// <param name="Ids">Prompt tokens (1,S).</param>
/// <param name="AttentionMask">1 for real tokens, 0 for padding (1,S), I64.</param>
/// <param name="MaskFeatures">The pixel decoder's final features (T,h,w,C).</param>
internal readonly record struct TextAttentionInputs(Tensor Ids, Tensor AttentionMask, Tensor MaskFeatures);

/// <summary>
/// The paper's comparison without visual-textual alignment: cross attention from the final features to the encoded text, added to the
/// features: (T,h,w,C). CLIP takes no part.
/// </summary>
internal sealed class TextAttention : Layer<TextAttentionInputs>
{
    private readonly BlipText _bert;
    private readonly AttentionToText _attention;

    /// <param name="path">Where <c>bert</c> lies, as for <see cref="Vta"/>, so that the same text weights fit both.</param>
    /// <param name="text">Sizes of the text encoder.</param>
    /// <param name="channels">C of the final features.</param>
    /// <param name="heads">Attention heads.</param>
    public TextAttention(ParameterPath path, BertConfig text, int channels, int heads)
        : base("text attention")
    {
        path = path.As(Role.Head);
        _bert = new BlipText(path / "bert", text);
        _attention = new AttentionToText(path / "att", channels, text.HiddenSize, heads);
    }

    protected override Tensor Compute(TextAttentionInputs inputs)
    {
        (Tensor ids, Tensor attentionMask, Tensor maskFeatures) = inputs;
        int t = maskFeatures.Shape[0], pixels = maskFeatures.Shape[1] * maskFeatures.Shape[2], c = maskFeatures.Shape[3];
        Tensor blocked = BertEncoder.Blocked(attentionMask);
        Tensor text = _bert.Encode(_bert.Embed(ids), blocked);
        // All frames read the same text, so their pixels are the queries of one attention.
        Tensor queries = Ops.Reshape(maskFeatures, 1, t * pixels, c);
        return Ops.Reshape(_attention.Forward(new(queries, null, text, blocked)), maskFeatures.Shape);
    }
}
