using SspNative.Model.Alignment;
using SspNative.Model.Config;
using SspNative.Model.Decoder;
using SspNative.Model.Encoders.Clip;
using SspNative.Model.Encoders.Vggish;

namespace SspNative.Model.Networks;

/// <summary>What the model sees of a clip of T frames.</summary>
/// <param name="PixelValues">Frames normalised for Mask2Former (T,3,H,W).</param>
/// <param name="PreMask">M_Pre, or its stand-in at inference (T,H,W).</param>
/// <param name="VisionPixelValues">
/// The same frames, unmasked, normalised for CLIP (T,3,224,224); null where <see cref="VisionTokens"/> are given or CLIP is not used.
/// </param>
/// <param name="InputIds">Prompt tokens (1,S); null where nothing reads words, as where the alignment is known and queries have no text.</param>
/// <param name="AttentionMask">1 for real tokens (1,S), I64; null where there are none.</param>
/// <param name="AudioEmbedding">VGGish embeddings (T,128).</param>
/// <param name="Stage1Mask">The binary stage's masks (T,H,W), for task <c>avss</c>.</param>
public sealed record SspInputs(
    Tensor PixelValues, Tensor PreMask, Tensor? VisionPixelValues, Tensor? InputIds, Tensor? AttentionMask, Tensor AudioEmbedding, Tensor? Stage1Mask)
{
    /// <summary>CLIP's last hidden state of the frames (T,1+P,D), in place of their pixels.</summary>
    public Tensor? VisionTokens { get; init; }

    /// <summary>What text and CLIP add to the final features, where it is known: then CLIP and the alignment's encoder do not run.</summary>
    public VtaTerms? Alignment { get; init; }

    /// <summary>
    /// Stochastic depth in a training: what scales each frame's attention in each block of the backbone (blocks,T), 0 where the frame skips it; null:
    /// every frame goes through all.
    /// </summary>
    public float[]? AttentionScales { get; init; }

    /// <summary>Whether the predictions before the last one, which training's loss reads, are computed too.</summary>
    public bool Auxiliary { get; init; }
}

/// <summary>What the model computed.</summary>
/// <param name="Alignment">
/// What text and CLIP contributed; null where the configuration has no visual-textual alignment, or the inputs had it.
/// </param>
/// <param name="FinalFeatures">The decoder's final features (T,h,w,C), aligned, normalised and, for task <c>avss</c>, guided by the mask.</param>
/// <param name="Predictions">
/// The last one is the result; before it, where they were asked for, the auxiliary ones, from the queries themselves and after each decoder layer.
/// </param>
public sealed record SspOutput(VtaEncoderOutput? Alignment, Tensor FinalFeatures, IReadOnlyList<QueryPrediction> Predictions) : ITensors
{
    public IEnumerable<Tensor> Tensors => [.. Alignment?.Tensors ?? [], FinalFeatures, .. Predictions.SelectMany(p => p.Tensors)];

    /// <summary>The last prediction, the result.</summary>
    public QueryPrediction Result => Predictions[^1];
}

/// <summary>
/// SSP (arXiv 2601.08133): frames times their pre-mask through AAVS, whose final features are aligned with CLIP's view of the frames and the
/// prompts before the masks are decoded.
/// </summary>
public sealed class Ssp : Layer<SspInputs, SspOutput>
{
    private const string AlignmentPart = "vta";

    private readonly Aavs _aavs;
    private readonly ClipVision? _clipVision;
    private readonly VtaEncoder? _vtaEncoder;
    private readonly Vta? _vta;
    private readonly TextAttention? _attention;

    /// <param name="root">Where its parameters are.</param>
    /// <param name="config">Its sizes.</param>
    /// <param name="encodes">Whether it has the encoders of the visual-textual alignment; else its inputs have what they compute.</param>
    public Ssp(ParameterPath root, SspConfig config, bool encodes = true)
        : base("ssp")
    {
        _aavs = new Aavs(root, config.Aavs);
        switch (config.TextFusion)
        {
            case TextFusion.Vta:
                if (encodes)
                    (_clipVision, _vtaEncoder) = (MakeClipVision(root, config), MakeVtaEncoder(root, config));
                _vta = new Vta(root / AlignmentPart, config.Mask2former.MaskFeatureSize, config.Vta);
                break;
            case TextFusion.Attention:
                _attention = new TextAttention(
                    root / AlignmentPart, config.Text, config.Mask2former.MaskFeatureSize, config.Mask2former.NumAttentionHeads);
                break;
        }
    }

    /// <summary>CLIP, as a part of the whole.</summary>
    public static ClipVision MakeClipVision(ParameterPath root, SspConfig config) => new(root / "clip", config.Clip);

    /// <summary>VGGish, whose embeddings the whole is given.</summary>
    public static Vggish MakeVggish(ParameterPath root, SspConfig config) => new(root / "vggish", config.Vggish);

    /// <summary>The alignment's encoder, as a part of the whole.</summary>
    public static VtaEncoder MakeVtaEncoder(ParameterPath root, SspConfig config) =>
        new(root / AlignmentPart, config.Clip, config.Text, config.Mask2former.MaskFeatureSize, config.Vta);

    /// <summary>The encoder of <see cref="SspInputs.VisionTokens"/>; null where the configuration does not use CLIP.</summary>
    public ClipVision? ClipVision => _clipVision;

    protected override SspOutput Compute(SspInputs inputs)
    {
        Tensor masked = Ops.Mul(inputs.PixelValues, Ops.Reshape(inputs.PreMask, inputs.PreMask.Shape[0], 1, inputs.PreMask.Shape[1], inputs.PreMask.Shape[2]));
        PixelDecoderOutput pixels = _aavs.Encode(masked, inputs.AttentionScales);
        Tensor final = pixels.MaskFeatures;
        VtaEncoderOutput? encoded = inputs.Alignment is null
            ? _vtaEncoder?.Forward(new(VisionTokens(inputs), Words(inputs.InputIds), Words(inputs.AttentionMask)))
            : null;
        VtaTerms? terms = encoded?.Terms ?? inputs.Alignment;
        if (_vta is not null)
            final = _vta.Forward(new(final, terms ?? throw new ArgumentException(
                $"ssp: {nameof(SspInputs.Alignment)} is null: give what the alignment adds, or a clip's tokens and words")));
        else if (_attention is not null)
            final = _attention.Forward(new(Words(inputs.InputIds), Words(inputs.AttentionMask), final));
        final = _aavs.AddStage1Mask(final, inputs.Stage1Mask);
        IReadOnlyList<QueryPrediction> predictions =
            _aavs.Decode(
                pixels.Levels.HandOver(), final, inputs.AudioEmbedding, inputs.Stage1Mask, inputs.Auxiliary,
                terms?.Words is { } words ? new TextTokens(words, Words(inputs.AttentionMask)) : null);
        return new SspOutput(encoded, final, predictions);
    }

    private static Tensor Words(Tensor? words) => words ?? throw new ArgumentException(
        $"ssp: {nameof(SspInputs.InputIds)} or {nameof(SspInputs.AttentionMask)} is null: words are read here");

    private Tensor VisionTokens(SspInputs inputs) =>
        inputs.VisionTokens
        ?? _clipVision!.Forward(inputs.VisionPixelValues ?? throw new ArgumentException(
            $"ssp: {nameof(SspInputs.VisionPixelValues)} and {nameof(SspInputs.VisionTokens)} are null: CLIP needs one of them")).LastHiddenState;
}
