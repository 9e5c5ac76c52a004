using System.Numerics.Tensors;

namespace SspNative.Model.Metrics;

/// <summary>A class's pixels: those both predicted and true, those predicted, the true ones.</summary>
public readonly record struct ClassPixels(long Hits, long Predicted, long Actual)
{
    public long Union => Predicted + Actual - Hits;

    /// <summary>Hits over union, 0 for a class never seen.</summary>
    public double Iou => Union == 0 ? 0 : (double)Hits / Union;

    /// <summary>0 for a class never seen.</summary>
    public double FScore => Metrics.FScore.Of(Hits, Predicted, Actual);
}

/// <summary>Scores from one confusion matrix: means over the classes that appear in the prediction or the target of any frame.</summary>
/// <param name="Frames">Frames counted.</param>
/// <param name="Classes">By class; 0 is the background.</param>
public sealed record GlobalReport(int Frames, IReadOnlyList<ClassPixels> Classes)
{
    public int ClassesSeen => Classes.Count(c => c.Union > 0);

    public double MeanIou => Classes.Where(c => c.Union > 0).Average(c => c.Iou);

    public double FScore => Classes.Where(c => c.Union > 0).Average(c => c.FScore);

    /// <summary>Share of pixels whose class is right.</summary>
    public double PixelAccuracy => (double)Classes.Sum(c => c.Hits) / Classes.Sum(c => c.Actual);

    public override string ToString() =>
        $"global ({ClassesSeen} of {Classes.Count} classes seen): mIoU {MeanIou:f4}, F {FScore:f4}, "
        + $"pixels {PixelAccuracy:f4}; {Frames} frames";
}

/// <summary>
/// One confusion matrix over a whole split, the protocol of semantic segmentation elsewhere. Its figures cannot be compared with
/// AVSBench's, which score every frame by itself.
/// </summary>
public sealed class GlobalConfusion
{
    private readonly int _classes;
    private readonly long[] _counts;
    private int _frames;

    /// <param name="classes">With the background.</param>
    public GlobalConfusion(int classes)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(classes, 2);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(classes, 256);
        _classes = classes;
        _counts = new long[classes * classes];
    }

    /// <summary>Adds a frame: a class for every pixel, predicted and true.</summary>
    /// <exception cref="ArgumentException">The sizes differ, the frame is empty or a class does not exist.</exception>
    public void AddFrame(ReadOnlySpan<byte> predicted, ReadOnlySpan<byte> target)
    {
        if (predicted.IsEmpty || predicted.Length != target.Length)
            throw new ArgumentException($"metrics: {predicted.Length} predicted and {target.Length} true pixels are no frame");
        int largest = Math.Max(TensorPrimitives.Max(predicted), TensorPrimitives.Max(target));
        if (largest >= _classes)
            throw new ArgumentException($"metrics: a pixel has class {largest} of {_classes}");
        for (int i = 0; i < predicted.Length; i++)
            _counts[target[i] * _classes + predicted[i]]++;
        _frames++;
    }

    /// <summary>Adds all frames of another matrix.</summary>
    /// <exception cref="ArgumentException">It has another number of classes.</exception>
    public void Add(GlobalConfusion other)
    {
        if (other._classes != _classes)
            throw new ArgumentException($"metrics: confusions of {other._classes} and of {_classes} classes cannot be added");
        TensorPrimitives.Add(_counts, other._counts, _counts);
        _frames += other._frames;
    }

    /// <summary>What was counted for one class.</summary>
    public ClassPixels Pixels(int label)
    {
        long predicted = 0, actual = TensorPrimitives.Sum(_counts.AsSpan(label * _classes, _classes));
        for (int other = 0; other < _classes; other++)
            predicted += _counts[other * _classes + label];
        return new ClassPixels(_counts[label * _classes + label], predicted, actual);
    }

    /// <exception cref="InvalidOperationException">Nothing was added.</exception>
    public GlobalReport Report() => _frames > 0
        ? new GlobalReport(_frames, [.. Enumerable.Range(0, _classes).Select(Pixels)])
        : throw new InvalidOperationException("metrics: there is no frame to report on");
}
