namespace SspNative.Model.Losses;

/// <summary>What is to be found in one image.</summary>
/// <param name="Classes">The class of each of M targets; none for an image in which nothing sounds.</param>
/// <param name="Masks">Their masks (M,H,W), 0…1. All images of a batch have one size.</param>
public sealed record MaskTargets(IReadOnlyList<int> Classes, Tensor Masks);

/// <summary>The pairs of one image: query Queries[i] is matched to target Targets[i]; queries ascend.</summary>
public sealed record Match(IReadOnlyList<int> Queries, IReadOnlyList<int> Targets);
