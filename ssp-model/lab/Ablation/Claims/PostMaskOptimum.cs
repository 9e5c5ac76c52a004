namespace SspNative.Lab.Ablation.Claims;

/// <summary>
/// What the post-mask does to a pixel that sounds and is still. There M_GT = 1 and M_Post = 0, so the last prediction p has the loss
/// w·BCE(p, 1) + λ'·BCE(p, 0), whose minimum is at p* = w/(w + λ').
/// </summary>
public static class PostMaskOptimum
{
    /// <summary>p* for a weight λ' of the post-mask loss and a weight w of the mask loss.</summary>
    public static double Probability(double postMaskWeight, double maskWeight = 5) => maskWeight / (maskWeight + postMaskWeight);
}
