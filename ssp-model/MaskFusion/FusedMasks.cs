using System.Numerics.Tensors;

namespace SspNative.Model.MaskFusion;

/// <summary>
/// The optical mask M_O joined with the ground truth M_GT (§4.1 of the paper, equation 2), and what replaces the ground truth
/// when there is none. All masks have one length and the inputs hold only 0 and 1.
/// </summary>
public static class FusedMasks
{
    /// <summary>
    /// Equation (2): M_Pre is 1 on M_O∩M_GT, ½ where just one of them holds, 0 outside their union — for masks of 0 and 1
    /// the mean of the two. (The printed third case, "intersection empty", overlaps the second; the union is meant.)
    /// </summary>
    public static void PreMask(ReadOnlySpan<float> optical, ReadOnlySpan<float> groundTruth, Span<float> preMask)
    {
        CheckLengths(optical, groundTruth, preMask);
        TensorPrimitives.AddMultiply(optical, groundTruth, 0.5f, preMask);
    }

    /// <summary>M_Post = M_O∩M_GT = M_O·M_GT, the label of the additional mask loss (§4.4): where M_Pre is 1.</summary>
    public static void PostMask(ReadOnlySpan<float> optical, ReadOnlySpan<float> groundTruth, Span<float> postMask)
    {
        CheckLengths(optical, groundTruth, postMask);
        TensorPrimitives.Multiply(optical, groundTruth, postMask);
    }

    /// <summary>The factor of the image where the ground truth is unknown; see <see cref="InferenceMaskMode"/>.</summary>
    /// <param name="stage1">The binary stage's mask; only <see cref="InferenceMaskMode.Stage1"/> reads it.</param>
    /// <exception cref="ArgumentException">Lengths differ; for Stage1 that includes a missing mask.</exception>
    public static void InferenceMask(
        InferenceMaskMode mode, ReadOnlySpan<float> optical, ReadOnlySpan<float> stage1, Span<float> mask)
    {
        CheckLengths(optical, mode == InferenceMaskMode.Stage1 ? stage1 : optical, mask);
        switch (mode)
        {
            case InferenceMaskMode.Soft:
                for (int i = 0; i < mask.Length; i++)
                    mask[i] = 0.5f + 0.5f * optical[i];
                break;
            case InferenceMaskMode.Hard:
                optical.CopyTo(mask);
                break;
            case InferenceMaskMode.Stage1:
                PreMask(optical, stage1, mask);
                break;
            default:
                mask.Fill(1);
                break;
        }
    }

    private static void CheckLengths(ReadOnlySpan<float> optical, ReadOnlySpan<float> other, Span<float> result)
    {
        if (optical.Length != other.Length || optical.Length != result.Length)
            throw new ArgumentException(
                $"mask fusion: masks of {optical.Length} and {other.Length} values cannot make one of {result.Length}");
    }
}
