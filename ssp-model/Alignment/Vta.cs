using SspNative.Model.Config;

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
/// <param name="choices">Choices within it; null for the plain one.</param>
public sealed class Vta(ParameterPath path, int channels, VtaConfig? choices = null) : Layer<VtaInputs>("vta")
{
    private readonly LayerNorm _norm = new(path.As(Role.Head) / "norm", channels);
    private readonly Tensor? _gate = choices is { Gate: true } ? path.As(Role.Head).Get("gate", [channels], Init.Zeros) : null;

    protected override Tensor Compute(VtaInputs inputs)
    {
        Tensor features = inputs.MaskFeatures;
        Tensor visual = Ops.InterpolateBilinear(inputs.Terms.Visual, features.Shape[1], features.Shape[2]);
        Tensor aligned = _norm.Forward(Ops.Add(Ops.Add(features, visual), inputs.Terms.Textual));
        return _gate is null ? aligned : Ops.Add(features, Ops.Mul(_gate, Ops.Sub(aligned, features)));
    }
}
