namespace SspNative.Kernels;

/// <summary>The scalars of one AdamW step.</summary>
/// <param name="Step">Counts from 1.</param>
/// <param name="GradientScale">Multiplies every gradient first.</param>
public readonly record struct AdamWStep(
    int Step, float LearningRate, float WeightDecay, float Beta1, float Beta2, float Epsilon, float GradientScale);
