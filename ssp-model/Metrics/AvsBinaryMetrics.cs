using System.Numerics.Tensors;

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
    private readonly double[] _curve = new double[BinaryFrameScore.Thresholds];
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
        var frames = new BinaryFrameScore[masks.Length / pixels];
        for (int t = 0; t < frames.Length; t++)
            frames[t] = BinaryFrameScore.Score(
                masks.Slice(t * pixels, pixels), scores.Slice(t * pixels, pixels), targets.Slice(t * pixels, pixels));
        AddVideo(frames);
    }

    /// <summary>Adds a video whose frames are scored already, as where several protocols share them.</summary>
    /// <exception cref="ArgumentException">There is no frame.</exception>
    public void AddVideo(IReadOnlyList<BinaryFrameScore> frames)
    {
        if (frames.Count == 0)
            throw new ArgumentException("metrics: a video without frames cannot be scored");
        foreach (BinaryFrameScore frame in frames)
            AddFrame(frame);
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

    private void AddFrame(BinaryFrameScore frame)
    {
        _frames++;
        _batchFrames++;
        _batchIou += frame.Iou;
        if (frame.Curve is not { } curve)
            return;
        _batchFramesWithTarget++;
        TensorPrimitives.Add(_curve, curve, _curve);
    }

    private double BatchIou() => _batchIou / _batchFrames;

    private double BatchF() => _batchFramesWithTarget == 0 ? 0 : _curve.Max() / _batchFramesWithTarget;
}
