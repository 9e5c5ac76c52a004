namespace SspNative.Model.Metrics;

/// <summary>Scores of binary masks over a split.</summary>
/// <param name="Protocol">How they were averaged.</param>
/// <param name="Videos">Videos scored.</param>
/// <param name="Frames">Frames scored.</param>
/// <param name="MeanIou">Mean over batches of the mean IoU of their frames.</param>
/// <param name="FScore">Mean over batches of the largest F of their mean curve.</param>
public sealed record AvsBinaryReport(AvsProtocol Protocol, int Videos, int Frames, double MeanIou, double FScore)
{
    public override string ToString() =>
        $"{Protocol.Name} (binary, videos a batch: {Protocol.VideosPerBatch}): mIoU {MeanIou:f4}, F {FScore:f4}; "
        + $"{Videos} videos, {Frames} frames";
}

/// <summary>
/// mIoU and F of binary masks as AVSBench measures them (S4, MS3), over batches of videos.
/// <list type="bullet">
/// <item>IoU of a frame: |M∩G| / |M∪G|. Where the target is empty the background is scored instead: the share of pixels
/// predicted as background.</item>
/// <item>F (β² = 0.3) of a frame at 255 thresholds from 0 to 1, a pixel counting as predicted when its score is at least the
/// threshold. The curves of a batch's frames with a target are averaged and the largest value of the mean curve is the batch's
/// F, 0 when no frame has a target.</item>
/// </list>
/// </summary>
public sealed class AvsBinaryMetrics(AvsProtocol protocol)
{
    private const int Thresholds = 255;

    private static readonly float[] _thresholds = MakeThresholds();

    private readonly double[] _curve = new double[Thresholds];
    private int _videos, _frames, _batches;
    private double _iouOfBatches, _fOfBatches;
    private double _batchIou;
    private int _batchVideos, _batchFrames, _batchFramesWithTarget;

    /// <summary>Adds a video of probabilities (T,H,W) in 0…1, whose masks are where they exceed ½.</summary>
    public void AddVideo(ReadOnlySpan<float> scores, ReadOnlySpan<byte> targets, int pixels)
    {
        byte[] masks = new byte[scores.Length];
        for (int i = 0; i < masks.Length; i++)
            masks[i] = scores[i] > 0.5f ? (byte)1 : (byte)0;
        AddVideo(masks, scores, targets, pixels);
    }

    /// <summary>Adds a video whose masks and scores are separate things, as where classes compete for a pixel.</summary>
    /// <param name="masks">(T,H,W), 0 for background: IoU is measured on them.</param>
    /// <param name="scores">(T,H,W), 0…1: F is measured on them.</param>
    /// <param name="targets">(T,H,W), 0 for background.</param>
    /// <param name="pixels">H·W.</param>
    /// <exception cref="ArgumentException">The sizes differ or there is no frame.</exception>
    public void AddVideo(ReadOnlySpan<byte> masks, ReadOnlySpan<float> scores, ReadOnlySpan<byte> targets, int pixels)
    {
        if (pixels <= 0 || masks.IsEmpty || masks.Length % pixels != 0 || scores.Length != masks.Length || targets.Length != masks.Length)
            throw new ArgumentException(
                $"metrics: masks of {masks.Length}, scores of {scores.Length} and targets of {targets.Length} values "
                + $"are no video of frames of {pixels} pixels");
        for (int at = 0; at < masks.Length; at += pixels)
            AddFrame(masks.Slice(at, pixels), scores.Slice(at, pixels), targets.Slice(at, pixels));
        _videos++;
        if (++_batchVideos == protocol.VideosPerBatch)
        {
            _iouOfBatches += BatchIou();
            _fOfBatches += BatchF();
            _batches++;
            _batchIou = 0;
            _batchVideos = _batchFrames = _batchFramesWithTarget = 0;
            Array.Clear(_curve);
        }
    }

    /// <summary>The scores so far; a batch that is not full yet counts like a full one.</summary>
    /// <exception cref="InvalidOperationException">Nothing was added.</exception>
    public AvsBinaryReport Report()
    {
        if (_frames == 0)
            throw new InvalidOperationException("metrics: there is no video to report on");
        bool open = _batchVideos > 0;
        int batches = _batches + (open ? 1 : 0);
        double iou = _iouOfBatches + (open ? BatchIou() : 0), f = _fOfBatches + (open ? BatchF() : 0);
        return new AvsBinaryReport(protocol, _videos, _frames, iou / batches, f / batches);
    }

    private void AddFrame(ReadOnlySpan<byte> mask, ReadOnlySpan<float> scores, ReadOnlySpan<byte> target)
    {
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
        _frames++;
        _batchFrames++;
        if (actual == 0)
        {
            _batchIou += (double)(mask.Length - union) / mask.Length;
            return;
        }
        _batchIou += (double)intersection / union;
        _batchFramesWithTarget++;
        long predictedAbove = 0, hitsAbove = 0;
        for (int t = Thresholds - 1; t >= 0; t--)
        {
            predictedAbove += predicted[t];
            hitsAbove += hits[t];
            _curve[t] += FScore.Of(hitsAbove, predictedAbove, actual);
        }
    }

    private double BatchIou() => _batchIou / _batchFrames;

    private double BatchF() => _batchFramesWithTarget == 0 ? 0 : _curve.Max() / _batchFramesWithTarget;

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
