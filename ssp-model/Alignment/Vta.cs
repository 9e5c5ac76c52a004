namespace SspNative.Model.Alignment;

/// <summary>What the alignment reads.</summary>
/// <param name="MaskFeatures">The pixel decoder's final features (T,h,w,C).</param>
/// <param name="Terms">What <see cref="VtaEncoder"/> made of frames and prompts.</param>
public readonly record struct VtaInputs(Tensor MaskFeatures, VtaTerms Terms);

/// <summary>
/// Visual-textual alignment (paper §4.3): what <see cref="VtaEncoder"/> made of CLIP's view and of the text is added to the decoder's final features,
/// which are then normalised: (T,h,w,C) → (T,h,w,C).
/// </summary>
/// <param name="path">The alignment's prefix.</param>
/// <param name="channels">C.</param>
public sealed class Vta(ParameterPath path, int channels) : Layer<VtaInputs>("vta")
{
    private readonly LayerNorm _norm = new(path.As(Role.Head) / "norm", channels);

    protected override Tensor Compute(VtaInputs inputs)
    {
        Tensor features = inputs.MaskFeatures;
        Tensor visual = Ops.InterpolateBilinear(inputs.Terms.Visual, features.Shape[1], features.Shape[2]);
        return _norm.Forward(Ops.Add(Ops.Add(features, visual), inputs.Terms.Textual));
    }
}
