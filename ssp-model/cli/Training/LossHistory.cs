using System.Globalization;
using SspNative.Model.Training;

namespace SspNative.Cli.Training;

/// <summary>Losses of a phase as a reader wants them: smoothed, and their course in a line.</summary>
internal sealed class LossHistory
{
    /// <summary>Weight of the past in the running means: they look back over some twenty steps.</summary>
    private const double Memory = 0.95;

    private const int Places = 60;
    private const string Blocks = "▁▂▃▄▅▆▇█";
    private const string Letters = "_.-~=+*#";

    private readonly double[] _sums = new double[5];
    private readonly List<double> _course = [];
    private double _weight;
    private double _pending;
    private int _pendingSteps;
    private int _stepsAPlace = 1;
    private bool _hasPostMask;

    /// <summary>Running means of total and terms.</summary>
    public string Text => string.Create(
        CultureInfo.InvariantCulture,
        $"{Mean(0):0.000}   class {Mean(1):0.000}   mask {Mean(2):0.000}   dice {Mean(3):0.000}{PostMask}");

    private string PostMask => _hasPostMask ? string.Create(CultureInfo.InvariantCulture, $"   post-mask {Mean(4):0.000}") : "";

    public void Add(StepRecord step)
    {
        _hasPostMask = step.PostMask is not null;
        double[] values = [step.Total, step.CrossEntropy, step.Mask, step.Dice, step.PostMask ?? 0];
        for (int i = 0; i < values.Length; i++)
            _sums[i] = (Memory * _sums[i]) + ((1 - Memory) * values[i]);
        _weight = (Memory * _weight) + (1 - Memory);
        _pending += step.Total;
        if (++_pendingSteps < _stepsAPlace)
            return;
        _course.Add(_pending / _pendingSteps);
        (_pending, _pendingSteps) = (0, 0);
        if (_course.Count == 2 * Places)
            Halve();
    }

    /// <summary>The total from the phase's first step on, from the smallest mean of some steps (low) to the largest (high).</summary>
    public string Sparkline(bool unicode)
    {
        string heights = unicode ? Blocks : Letters;
        double[] means = [.. _course.Chunk((_course.Count + Places - 1) / Places is var size and > 0 ? size : 1).Select(c => c.Average())];
        if (means.Length == 0)
            return "";
        double low = means.Min(), range = means.Max() - low;
        return string.Concat(means.Select(m => heights[range > 0 ? (int)Math.Round((m - low) / range * (heights.Length - 1)) : 0]));
    }

    // A place of the line stands for twice as many steps.
    private void Halve()
    {
        double[] halved = [.. _course.Chunk(2).Select(c => c.Average())];
        _course.Clear();
        _course.AddRange(halved);
        _stepsAPlace *= 2;
    }

    private double Mean(int term) => _weight > 0 ? _sums[term] / _weight : 0;
}
