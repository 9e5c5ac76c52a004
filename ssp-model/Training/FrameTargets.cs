namespace SspNative.Model.Training;

/// <summary>What is to be found in one frame.</summary>
/// <param name="Classes">Classes of M targets; the background is one of them.</param>
/// <param name="Masks">(M,S,S) of 0 and 1.</param>
/// <param name="PostMasks">M_Post of every target (M,S,S).</param>
public sealed record FrameTargets(IReadOnlyList<int> Classes, float[] Masks, float[] PostMasks);
