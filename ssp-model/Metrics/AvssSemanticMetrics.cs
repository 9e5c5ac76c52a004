namespace SspNative.Model.Metrics;

/// <summary>A class's scores, summed over the frames in whose prediction or target it appears.</summary>
public sealed record FrameClassScore(double IouSum, double FScoreSum, int Frames)
{
    /// <summary>Mean over those frames, 0 for a class never seen.</summary>
    public double Iou => Frames == 0 ? 0 : IouSum / Frames;

    /// <summary>Mean over those frames, 0 for a class never seen.</summary>
    public double FScore => Frames == 0 ? 0 : FScoreSum / Frames;
}

/// <summary>Scores of semantic masks over a split: means over all classes, seen or not.</summary>
/// <param name="Frames">Frames scored.</param>
/// <param name="Classes">By class; 0 is the background.</param>
public sealed record AvssSemanticReport(int Frames, IReadOnlyList<FrameClassScore> Classes)
{
    /// <summary>Over all classes with the background; the published figures are these.</summary>
    public double MeanIou => Classes.Average(c => c.Iou);

    /// <summary>Over all classes with the background; the published figures are these.</summary>
    public double FScore => Classes.Average(c => c.FScore);

    public double MeanIouWithoutBackground => Classes.Skip(1).Average(c => c.Iou);

    public double FScoreWithoutBackground => Classes.Skip(1).Average(c => c.FScore);

    /// <summary>Classes, the background included, that appear in the prediction or the target of any frame.</summary>
    public int ClassesSeen => Classes.Count(c => c.Frames > 0);

    /// <summary>Over the classes seen alone, for data of fewer classes than the model has; no published figure is made so.</summary>
    public double MeanIouOfSeen => MeanOfSeen(Classes, c => c.Iou);

    /// <summary>Over the classes seen alone, for data of fewer classes than the model has; no published figure is made so.</summary>
    public double FScoreOfSeen => MeanOfSeen(Classes, c => c.FScore);

    public double MeanIouOfSeenWithoutBackground => MeanOfSeen(Classes.Skip(1), c => c.Iou);

    public double FScoreOfSeenWithoutBackground => MeanOfSeen(Classes.Skip(1), c => c.FScore);

    public override string ToString() =>
        $"avsbench (semantic, {Classes.Count} classes): mIoU {MeanIou:f4}, F {FScore:f4}; "
        + $"without background mIoU {MeanIouWithoutBackground:f4}, F {FScoreWithoutBackground:f4}; {Frames} frames";

    private static double MeanOfSeen(IEnumerable<FrameClassScore> classes, Func<FrameClassScore, double> score) =>
        classes.Where(c => c.Frames > 0).Select(score).DefaultIfEmpty(0).Average();
}

/// <summary>
/// mIoU and F of semantic masks as AVSBench measures them (AVSS). Every frame and class is scored by itself, so that one stray
/// pixel of a class that is not in a frame adds a 0 to that class's mean.
/// </summary>
public sealed class AvssSemanticMetrics
{
    private readonly double[] _iou, _f;
    private readonly int[] _seen;
    private int _frames;

    /// <param name="classes">With the background: 71 for AVSBench.</param>
    public AvssSemanticMetrics(int classes)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(classes, 2);
        _iou = new double[classes];
        _f = new double[classes];
        _seen = new int[classes];
    }

    /// <summary>Adds a frame: a class for every pixel, predicted and true.</summary>
    /// <exception cref="ArgumentException">The sizes differ, the frame is empty or a class does not exist.</exception>
    public void AddFrame(ReadOnlySpan<byte> predicted, ReadOnlySpan<byte> target)
    {
        var confusion = new GlobalConfusion(_seen.Length);
        confusion.AddFrame(predicted, target);
        AddFrame([.. Enumerable.Range(0, _seen.Length).Select(confusion.Pixels)]);
    }

    /// <summary>Adds a frame that is counted already, as where several protocols share it.</summary>
    /// <param name="frame">The pixels of every class.</param>
    /// <exception cref="ArgumentException">There are more or fewer classes.</exception>
    public void AddFrame(ReadOnlySpan<ClassPixels> frame)
    {
        if (frame.Length != _seen.Length)
            throw new ArgumentException($"metrics: a frame of {frame.Length} classes is none of {_seen.Length}");
        for (int c = 0; c < _seen.Length; c++)
        {
            ClassPixels pixels = frame[c];
            if (pixels.Union == 0)
                continue;
            _iou[c] += pixels.Iou;
            _f[c] += pixels.FScore;
            _seen[c]++;
        }
        _frames++;
    }

    /// <exception cref="InvalidOperationException">Nothing was added.</exception>
    public AvssSemanticReport Report() => _frames > 0
        ? new AvssSemanticReport(_frames, [.. _seen.Select((n, c) => new FrameClassScore(_iou[c], _f[c], n))])
        : throw new InvalidOperationException("metrics: there is no frame to report on");
}
