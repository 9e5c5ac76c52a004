namespace SspNative.Model.Training;

/// <summary>What one step did.</summary>
/// <param name="Step">Counted from 1.</param>
/// <param name="Epoch">Counted from 0.</param>
/// <param name="LearningRate">The rate that this step was made with.</param>
/// <param name="Total">L, mean over the step's clips.</param>
/// <param name="CrossEntropy">L_cls of the last prediction, mean over the clips; so are the next two.</param>
/// <param name="Mask">L_mask.</param>
/// <param name="Dice">L_dice.</param>
/// <param name="PostMask">L'_mask; null without it.</param>
/// <param name="GradientNorm">Norm of all gradients before clipping.</param>
/// <param name="Clips">The step's clips.</param>
public sealed record StepRecord(
    int Step, int Epoch, float LearningRate, double Total, double CrossEntropy, double Mask, double Dice, double? PostMask, double GradientNorm,
    IReadOnlyList<string> Clips);
