using SspNative.Model.Config;
using SspNative.Model.Encoders.Bert;

namespace SspNative.Model.Alignment;

/// <summary>What attention to text reads.</summary>
/// <param name="Ids">Prompt tokens (1,S).</param>
/// <param name="AttentionMask">1 for real tokens, 0 for padding (1,S), I64.</param>
/// <param name="MaskFeatures">The pixel decoder's final features (T,h,w,C).</param>
public readonly record struct TextAttentionInputs(Tensor Ids, Tensor AttentionMask, Tensor MaskFeatures);

/// <summary>
/// The paper's comparison without visual-textual alignment: cross attention from the final features to the encoded text, added to the
/// features: (T,h,w,C). CLIP takes no part.
/// </summary>
public sealed class TextAttention : Layer<TextAttentionInputs>
{
    private readonly BlipText _bert;
    private readonly Linear _query;
    private readonly Linear _key;
    private readonly Linear _value;
    private readonly Linear _out;
    private readonly int _heads;

    /// <param name="path">Where <c>bert</c> lies, as for <see cref="Vta"/>, so that the same text weights fit both.</param>
    /// <param name="text">Sizes of the text encoder.</param>
    /// <param name="channels">C of the final features.</param>
    /// <param name="heads">Attention heads.</param>
    public TextAttention(ParameterPath path, BertConfig text, int channels, int heads)
        : base("text attention")
    {
        path = path.As(Role.Head);
        ParameterPath attention = path / "att";
        _bert = new BlipText(path / "bert", text);
        _query = new Linear(attention / "q_proj", channels, channels);
        _key = new Linear(attention / "k_proj", text.HiddenSize, channels);
        _value = new Linear(attention / "v_proj", text.HiddenSize, channels);
        _out = new Linear(attention / "out_proj", channels, channels);
        _heads = heads;
    }

    protected override Tensor Compute(TextAttentionInputs inputs)
    {
        (Tensor ids, Tensor attentionMask, Tensor maskFeatures) = inputs;
        int t = maskFeatures.Shape[0], pixels = maskFeatures.Shape[1] * maskFeatures.Shape[2], c = maskFeatures.Shape[3];
        Tensor blocked = BertEncoder.Blocked(attentionMask);
        Tensor text = _bert.Encode(_bert.Embed(ids), blocked);
        // All frames read the same text, so their pixels are the queries of one attention.
        Tensor queries = Ops.Reshape(maskFeatures, 1, t * pixels, c);
        Tensor attended = Ops.Attention(_query.Forward(queries), _key.Forward(text), _value.Forward(text), _heads, blocked);
        return Ops.Reshape(_out.Forward(attended, residual: queries), maskFeatures.Shape);
    }
}
