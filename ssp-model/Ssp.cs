using SspNative.Model.Alignment;
using SspNative.Model.Config;
using SspNative.Model.Decoder;
using SspNative.Model.Encoders.Clip;

namespace SspNative.Model;

/// <summary>What the model sees of a clip of T frames.</summary>
/// <param name="PixelValues">Frames normalised for Mask2Former (T,3,H,W).</param>
/// <param name="PreMask">M_Pre, or its stand-in at inference (T,H,W).</param>
/// <param name="ClipPixelValues">The same frames, unmasked, normalised for CLIP (T,3,224,224).</param>
/// <param name="InputIds">Prompt tokens (1,S).</param>
/// <param name="AttentionMask">1 for real tokens (1,S), I64.</param>
/// <param name="AudioFeatures">VGGish embeddings (T,128).</param>
/// <param name="BoostMask">The binary stage's masks (T,H,W), for task <c>avss</c>.</param>
public sealed record SspInputs(
    Tensor PixelValues, Tensor PreMask, Tensor ClipPixelValues, Tensor InputIds, Tensor AttentionMask, Tensor AudioFeatures, Tensor? BoostMask);

/// <summary>What the model computed.</summary>
public sealed record SspOutput(VtaOutput Alignment, IReadOnlyList<QueryPrediction> Predictions)
{
    /// <summary>The last prediction, the result.</summary>
    public QueryPrediction Result => Predictions[^1];
}

/// <summary>
/// SSP (arXiv 2601.08133): frames times their pre-mask through AAVS, whose final features are aligned with CLIP's view of the frames and the
/// prompts before the masks are decoded.
/// </summary>
public sealed class Ssp
{
    private readonly Aavs _aavs;
    private readonly ClipVision _clip;
    private readonly Vta _vta;

    public Ssp(ParameterPath root, SspConfig config)
    {
        _aavs = new Aavs(root, config.Aavs);
        _clip = new ClipVision(root / "clip", config.Clip);
        _vta = new Vta(root / "vta", config.Clip, config.Text, config.Mask2former.MaskFeatureSize);
    }

    public SspOutput Forward(SspInputs inputs)
    {
        using var scope = new TensorScope();
        Tensor masked = Ops.Mul(inputs.PixelValues, Ops.Reshape(inputs.PreMask, inputs.PreMask.Shape[0], 1, inputs.PreMask.Shape[1], inputs.PreMask.Shape[2]));
        AavsFeatures features = _aavs.Encode(masked);
        Tensor clipTokens = _clip.Forward(inputs.ClipPixelValues).LastHiddenState;
        VtaOutput aligned = _vta.Forward(clipTokens, inputs.InputIds, inputs.AttentionMask, features.Pixels.MaskFeatures);
        IReadOnlyList<QueryPrediction> predictions = _aavs.Decode(
            features.Pixels with { MaskFeatures = aligned.MaskFeatures }, inputs.AudioFeatures, inputs.BoostMask);
        foreach (QueryPrediction p in predictions)
        {
            scope.Keep(p.ClassLogits);
            scope.Keep(p.MaskLogits);
        }
        scope.Keep(aligned.Fusion);
        scope.Keep(aligned.RefinedText);
        scope.Keep(aligned.MaskFeatures);
        return new SspOutput(aligned, predictions);
    }
}
