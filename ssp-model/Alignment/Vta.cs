using SspNative.Model.Config;
using SspNative.Model.Encoders.Bert;

namespace SspNative.Model.Alignment;

/// <summary>What the alignment reads.</summary>
/// <param name="ClipTokens">CLIP's last hidden state of the unmasked frames (T,1+P,D).</param>
/// <param name="Ids">Prompt tokens (1,S).</param>
/// <param name="AttentionMask">1 for real tokens, 0 for padding (1,S), I64.</param>
/// <param name="MaskFeatures">The pixel decoder's final features (T,h,w,C).</param>
public readonly record struct VtaInputs(Tensor ClipTokens, Tensor Ids, Tensor AttentionMask, Tensor MaskFeatures);

/// <summary>What the alignment computed.</summary>
/// <param name="Fusion">F: frame and text tokens fused (T,1+P+S,d).</param>
/// <param name="RefinedText">R: text refined with the fused features (T,S,d).</param>
/// <param name="MaskFeatures">The final features, aligned and normalised (T,h,w,C).</param>
public sealed record VtaOutput(Tensor Fusion, Tensor RefinedText, Tensor MaskFeatures) : ITensors
{
    public IEnumerable<Tensor> Tensors => [Fusion, RefinedText, MaskFeatures];
}

/// <summary>
/// Visual-textual alignment (paper §4.3): BERT fuses CLIP's frame tokens with the prompt, a second pass refines the text with the
/// result, and both are added to the decoder's final features, which are then normalised.
/// </summary>
public sealed class Vta : Layer<VtaInputs, VtaOutput>
{
    private readonly ParameterStore _store;
    private readonly Linear _visualProj;
    private readonly BlipText _bert;
    private readonly Conv2d _align1;
    private readonly Linear _align2;
    private readonly LayerNorm _norm;
    private readonly Tensor? _gate;
    private readonly bool _embedsVisual;
    private readonly int _textChannels;

    public Vta(ParameterPath path, ClipVisionConfig clip, BertConfig text, int channels, VtaConfig? choices = null)
        : base("vta")
    {
        if (text.EncoderHiddenSize != text.HiddenSize)
            throw new ArgumentException($"text: encoder_hidden_size {text.EncoderHiddenSize} must equal hidden_size {text.HiddenSize}: the encoder is the fusion.");
        path = path.As(Role.Head);
        _store = path.Store;
        _textChannels = text.HiddenSize;
        _visualProj = new Linear(path / "visual_proj", clip.HiddenSize, text.HiddenSize);
        _bert = new BlipText(path / "bert", text);
        _align1 = new Conv2d(path / "align_1", text.HiddenSize, channels, 1);
        _align2 = new Linear(path / "align_2", text.HiddenSize, channels);
        _norm = new LayerNorm(path / "norm", channels);
        _gate = choices is { Gate: true } ? path.Get("gate", [channels], Init.Zeros) : null;
        _embedsVisual = choices is { EmbedVisual: true };
    }

    protected override VtaOutput Compute(VtaInputs inputs)
    {
        (Tensor clipTokens, Tensor ids, Tensor attentionMask, Tensor maskFeatures) = inputs;
        int t = clipTokens.Shape[0], visual = clipTokens.Shape[1], s = ids.Shape[1], patches = visual - 1;
        Tensor text = Ops.Expand(_bert.Embed(ids), [t, s, _textChannels]);
        Tensor blocked = BertEncoder.Blocked(attentionMask), textBlocked = Ops.Expand(blocked, [t, s]);
        Tensor visible = _store.Constant($"visible tokens {visual}", () => Tensor.FromArray(new byte[visual], [1, visual], _store.Device));
        Tensor merged = Ops.Expand(Ops.Concat([visible, blocked], 1), [t, visual + s]);

        Tensor seen = _visualProj.Forward(clipTokens);
        Tensor fusion = _bert.Encode(Ops.Concat([_embedsVisual ? _bert.EmbedTokens(seen) : seen, text], 1), merged);
        Tensor refined = _bert.Encode(text, textBlocked, fusion, merged);

        int side = (int)Math.Round(Math.Sqrt(patches)), h = maskFeatures.Shape[1], w = maskFeatures.Shape[2];
        Tensor grid = Ops.Reshape(Ops.Narrow(fusion, 1, 1, patches), t, side, side, _textChannels);
        Tensor align1 = Ops.InterpolateBilinear(_align1.Forward(grid), h, w);
        Tensor align2 = Ops.Reshape(_align2.Forward(MeanOfRealTokens(refined, attentionMask)), t, 1, 1, -1);
        Tensor aligned = _norm.Forward(Ops.Add(Ops.Add(maskFeatures, align1), align2));
        if (_gate is not null)
            aligned = Ops.Add(maskFeatures, Ops.Mul(_gate, Ops.Sub(aligned, maskFeatures)));
        return new VtaOutput(fusion, refined, aligned);
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
