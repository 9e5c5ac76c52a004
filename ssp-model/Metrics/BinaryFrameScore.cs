namespace SspNative.Model.Metrics;

/// <summary>
/// What one frame of binary masks contributes to any averaging: its IoU at ½ and, where it has a target, F (β² = 0.3) at 255 thresholds.
/// </summary>
/// <param name="Iou">|M∩G| / |M∪G|; where the target is empty the share of pixels predicted as background.</param>
/// <param name="Curve">F at <see cref="Thresholds"/> thresholds from 0 to 1; null where the target is empty.</param>
public sealed record BinaryFrameScore(double Iou, double[]? Curve)
{
    public const int Thresholds = 255;

    private static readonly float[] _thresholds = MakeThresholds();

    /// <summary>Scores a frame.</summary>
    /// <param name="mask">(H,W), 0 for background: IoU is measured on it.</param>
    /// <param name="scores">(H,W), 0…1: F is measured on them; a pixel counts as predicted when its score is at least the threshold.</param>
    /// <param name="target">(H,W), 0 for background.</param>
    /// <exception cref="ArgumentException">The sizes differ or there is no pixel.</exception>
    public static BinaryFrameScore Score(ReadOnlySpan<byte> mask, ReadOnlySpan<float> scores, ReadOnlySpan<byte> target)
    {
        if (mask.IsEmpty || scores.Length != mask.Length || target.Length != mask.Length)
            throw new ArgumentException(
                $"metrics: a mask of {mask.Length}, scores of {scores.Length} and a target of {target.Length} values are no frame");
        long actual = 0, intersection = 0, union = 0;
        Span<long> predicted = stackalloc long[Thresholds], hits = stackalloc long[Thresholds];
        predicted.Clear();
        hits.Clear();
        for (int i = 0; i < mask.Length; i++)
        {
            bool inMask = mask[i] != 0, inTarget = target[i] != 0;
            actual += inTarget ? 1 : 0;
            intersection += inMask && inTarget ? 1 : 0;
            union += inMask || inTarget ? 1 : 0;
            int reached = LastThresholdReached(scores[i]);
            if (reached >= 0)
            {
                predicted[reached]++;
                hits[reached] += inTarget ? 1 : 0;
            }
        }
        if (actual == 0)
            return new BinaryFrameScore((double)(mask.Length - union) / mask.Length, null);
        double[] curve = new double[Thresholds];
        long predictedAbove = 0, hitsAbove = 0;
        for (int t = Thresholds - 1; t >= 0; t--)
        {
            predictedAbove += predicted[t];
            hitsAbove += hits[t];
            curve[t] = FScore.Of(hitsAbove, predictedAbove, actual);
        }
        return new BinaryFrameScore((double)intersection / union, curve);
    }

    // The index of the largest threshold that a score reaches, −1 for none (and for no number).
    private static int LastThresholdReached(float score)
    {
        if (!(score >= _thresholds[0]))
            return -1;
        int t = (int)Math.Min(score * (Thresholds - 1), Thresholds - 1);
        while (t + 1 < Thresholds && score >= _thresholds[t + 1])
            t++;
        while (score < _thresholds[t])
            t--;
        return t;
    }

    // torch.linspace(0, 1 − 1e-10, 255) in single precision, where the end rounds to 1: from both ends towards the middle.
    private static float[] MakeThresholds()
    {
        const float step = 1f / (Thresholds - 1);
        var thresholds = new float[Thresholds];
        for (int i = 0; i < Thresholds; i++)
            thresholds[i] = i < Thresholds / 2 ? step * i : 1f - step * (Thresholds - 1 - i);
        return thresholds;
    }
}
