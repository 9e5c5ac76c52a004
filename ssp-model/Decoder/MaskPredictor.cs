using SspNative.Model.Config;

namespace SspNative.Model.Decoder;

/// <summary>What masks are made of.</summary>
/// <param name="Queries">(B,N,C).</param>
/// <param name="MaskFeatures">The final features (B,h,w,C).</param>
internal readonly record struct MaskPredictorInputs(Tensor Queries, Tensor MaskFeatures);

/// <summary>
/// Masks from queries: a three-layer MLP turns each query into a vector, whose product with every pixel of the final features is
/// the mask logit: (B,N,h,w). Also derives the next layer's attention mask.
/// </summary>
internal sealed class MaskPredictor : Layer<MaskPredictorInputs>
{
    private readonly Linear[] _embedder;

    public MaskPredictor(ParameterPath path, Mask2FormerConfig config) => _embedder =
    [
        new Linear(path / "mask_embedder" / 0 / 0, config.HiddenDim, config.HiddenDim),
        new Linear(path / "mask_embedder" / 1 / 0, config.HiddenDim, config.HiddenDim),
        new Linear(path / "mask_embedder" / 2 / 0, config.HiddenDim, config.MaskFeatureSize),
    ];

    protected override Tensor Compute(MaskPredictorInputs inputs)
    {
        (Tensor queries, Tensor maskFeatures) = inputs;
        Tensor e = _embedder[0].Forward(queries, Activation.Relu);
        e = _embedder[2].Forward(_embedder[1].Forward(e, Activation.Relu));
        int b = maskFeatures.Shape[0], h = maskFeatures.Shape[1], w = maskFeatures.Shape[2];
        Tensor logits = Ops.MatMul(e, Ops.Reshape(maskFeatures, b, h * w, maskFeatures.Shape[3]), transposeB: true);
        return Ops.Reshape(logits, b, queries.Shape[1], h, w);
    }

    /// <summary>
    /// Where the next cross attention may not look: bytes (B,N,height·width), 1 where the resized mask's sigmoid is below one half.
    /// No gradient passes.
    /// </summary>
    public static Tensor AttentionMask(Tensor logits, int height, int width)
    {
        int b = logits.Shape[0], n = logits.Shape[1];
        using var scope = new TensorScope();
        Tensor planes = Ops.Detach(Ops.Reshape(logits, b * n, logits.Shape[2], logits.Shape[3], 1));
        Tensor resized = Ops.InterpolateBilinear(planes, height, width);
        return scope.Keep(Ops.Reshape(Ops.LessThan(resized, 0f), b, n, height * width));
    }
}
