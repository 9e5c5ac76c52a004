using SspNative.Model.Config;
using SspNative.Model.Encoders.Bert;

namespace SspNative.Model.Alignment;

/// <summary>What the alignment's encoder reads.</summary>
/// <param name="VisionTokens">CLIP's last hidden state of the unmasked frames (T,1+P,D).</param>
/// <param name="Ids">Prompt tokens (1,S).</param>
/// <param name="AttentionMask">1 for real tokens, 0 for padding (1,S), I64.</param>
public readonly record struct VtaEncoderInputs(Tensor VisionTokens, Tensor Ids, Tensor AttentionMask);

/// <summary>What it computed.</summary>
/// <param name="Fusion">F: frame and text tokens fused (T,1+P+S,d).</param>
/// <param name="RefinedText">R: text refined with the fused features (T,S,d).</param>
/// <param name="Terms">What is added to the decoder's final features.</param>
public sealed record VtaEncoderOutput(Tensor Fusion, Tensor RefinedText, VtaTerms Terms) : ITensors
{
    public IEnumerable<Tensor> Tensors => [Fusion, RefinedText, .. Terms.Tensors];
}

/// <summary>What CLIP's view and the text add to the decoder's final features of C channels.</summary>
/// <param name="Visual">The fused patches (T,side,side,C), to be stretched over the features.</param>
/// <param name="Textual">The refined text (T,1,1,C).</param>
public sealed record VtaTerms(Tensor Visual, Tensor Textual) : ITensors
{
    /// <summary>The refined text (T,S,d) itself, where queries read it; else null.</summary>
    public Tensor? Words { get; init; }

    public IEnumerable<Tensor> Tensors => Words is null ? [Visual, Textual] : [Visual, Textual, Words];
}

/// <summary>
/// The part of the visual-textual alignment that needs nothing of the decoder: BERT fuses CLIP's frame tokens with the prompt, a second pass refines
/// the text with the result, and both are projected to the decoder's channels.
/// </summary>
public sealed class VtaEncoder : Layer<VtaEncoderInputs, VtaEncoderOutput>
{
    private readonly ParameterStore _store;
    private readonly Linear _visualProj;
    private readonly BlipText _bert;
    private readonly Conv2d _align1;
    private readonly Linear _align2;
    private readonly int _textChannels;
    private readonly bool _embedsVisual;
    private readonly bool _givesWords;

    /// <param name="path">As for <see cref="Vta"/>.</param>
    /// <param name="clip">CLIP's sizes.</param>
    /// <param name="text">BERT's sizes.</param>
    /// <param name="channels">C.</param>
    /// <param name="choices">Choices within the alignment; null for the plain one.</param>
    public VtaEncoder(ParameterPath path, ClipVisionConfig clip, BertConfig text, int channels, VtaConfig? choices = null)
        : base("vta")
    {
        if (text.EncoderHiddenSize != text.HiddenSize)
            throw new ArgumentException(
                $"text: encoder_hidden_size {text.EncoderHiddenSize} must equal hidden_size {text.HiddenSize}: the encoder is the fusion");
        path = path.As(Role.Head);
        _store = path.Store;
        _textChannels = text.HiddenSize;
        _visualProj = new Linear(path / "visual_proj", clip.HiddenSize, text.HiddenSize);
        _bert = new BlipText(path / "bert", text);
        _align1 = new Conv2d(path / "align_1", text.HiddenSize, channels, 1);
        _align2 = new Linear(path / "align_2", text.HiddenSize, channels);
        (_embedsVisual, _givesWords) = (choices is { EmbedVisual: true }, choices is { TextKeys: true });
    }

    protected override VtaEncoderOutput Compute(VtaEncoderInputs inputs)
    {
        (Tensor clipTokens, Tensor ids, Tensor attentionMask) = inputs;
        int t = clipTokens.Shape[0], visual = clipTokens.Shape[1], s = ids.Shape[1], patches = visual - 1;
        Tensor text = Ops.Expand(_bert.Embed(ids), [t, s, _textChannels]);
        Tensor blocked = BertEncoder.Blocked(attentionMask), textBlocked = Ops.Expand(blocked, [t, s]);
        Tensor visible = _store.Constant($"visible tokens {visual}", () => Tensor.FromArray(new byte[visual], [1, visual], _store.Device));
        Tensor merged = Ops.Expand(Ops.Concat([visible, blocked], 1), [t, visual + s]);

        Tensor seen = _visualProj.Forward(clipTokens);
        Tensor fusion = _bert.Encode(Ops.Concat([_embedsVisual ? _bert.EmbedTokens(seen) : seen, text], 1), merged);
        Tensor refined = _bert.Encode(text, textBlocked, fusion, merged);

        int side = (int)Math.Round(Math.Sqrt(patches));
        Tensor grid = Ops.Reshape(Ops.Narrow(fusion, 1, 1, patches), t, side, side, _textChannels);
        Tensor align1 = _align1.Forward(grid);
        Tensor align2 = Ops.Reshape(_align2.Forward(MeanOfRealTokens(refined, attentionMask)), t, 1, 1, -1);
        return new VtaEncoderOutput(fusion, refined, new VtaTerms(align1, align2) { Words = _givesWords ? refined : null });
    }

    private static Tensor MeanOfRealTokens(Tensor refined, Tensor attentionMask)
    {
        long[] real = attentionMask.ToLongArray();
        float share = 1f / Math.Max(1, real.Count(r => r != 0));
        float[] weights = Array.ConvertAll(real, r => r != 0 ? share : 0f);
        Tensor row = Tensor.FromArray(weights, [1, 1, weights.Length], refined.Device);
        return Ops.Reshape(Ops.MatMul(row, refined), refined.Shape[0], refined.Shape[2]);
    }
}
