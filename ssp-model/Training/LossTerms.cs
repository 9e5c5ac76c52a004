using SspNative.Model.Losses;

namespace SspNative.Model.Training;

/// <summary>A clip's loss and its parts, on the host.</summary>
/// <param name="Total">What is minimised.</param>
/// <param name="CrossEntropy">L_cls of the last prediction; the whole loss of a model that only names classes.</param>
/// <param name="Mask">L_mask of the last prediction.</param>
/// <param name="Dice">L_dice of the last prediction.</param>
/// <param name="PostMask">L'_mask, 0 without post-masks.</param>
internal readonly record struct ClipLoss(float Total, float CrossEntropy, float Mask, float Dice, float PostMask)
{
    /// <summary>Reads all parts in one transfer.</summary>
    public static ClipLoss Read(SspLossParts loss)
    {
        PredictionLoss last = loss.Criterion.Predictions[^1];
        Tensor[] parts = [loss.Total, last.CrossEntropy, last.Mask, last.Dice];
        float[][] read = Tensor.ToArrays(loss.PostMask is { } postMask ? [.. parts, postMask] : parts);
        return new ClipLoss(read[0][0], read[1][0], read[2][0], read[3][0], loss.PostMask is null ? 0 : read[4][0]);
    }

    /// <summary>Reads a loss that is of classes alone.</summary>
    public static ClipLoss Read(Tensor crossEntropy)
    {
        float value = crossEntropy.Item();
        return new ClipLoss(value, value, 0, 0, 0);
    }
}

/// <summary>Means of a step's loss terms over its clips.</summary>
internal sealed class LossTerms
{
    public double Total { get; private set; }

    public double CrossEntropy { get; private set; }

    public double Mask { get; private set; }

    public double Dice { get; private set; }

    public double PostMask { get; private set; }

    public void Add(in ClipLoss loss, double weight)
    {
        Total += weight * loss.Total;
        CrossEntropy += weight * loss.CrossEntropy;
        Mask += weight * loss.Mask;
        Dice += weight * loss.Dice;
        PostMask += weight * loss.PostMask;
    }
}
