using ScottPlot;
using ScottPlot.Plottables;
using SspNative.Engine;
using SspNative.Model.Training;

namespace SspNative.Cli.Plots;

/// <summary>
/// The course of a training: <c>losses.png</c> from <c>metrics.csv</c> and <c>scores.png</c> from <c>scores.csv</c>. The cost does not grow with
/// the steps beyond reading them: what is drawn are means over equal parts of the run.
/// </summary>
internal static class TrainingPlots
{
    public const string StepsFile = "metrics.csv";
    public const string ScoresFile = "scores.csv";
    public const string LossesPicture = "losses.png";
    public const string ScoresPicture = "scores.png";

    /// <summary>Parts of the run whose means are drawn.</summary>
    private const int MostParts = 400;

    /// <summary>Parts on either side that a smoothed value is the mean of, as a share of all.</summary>
    private const double SmoothedShare = 0.02;

    /// <summary>Room for the second axis, whose numbers are longer than the library expects.</summary>
    private const float RateAxisPixels = 90;

    private static readonly (string Name, Func<StepRecord, double?> Of)[] _terms =
    [
        ("total", s => s.Total),
        ("class", s => s.CrossEntropy),
        ("mask", s => s.Mask),
        ("dice", s => s.Dice),
        ("post-mask", s => s.PostMask),
    ];

    /// <summary>Draws what the files of a run's folder hold; a file that is missing or has no rows yet gives no picture.</summary>
    /// <param name="folder">The run's.</param>
    /// <exception cref="InputException">A file is malformed; file and line are named.</exception>
    public static void Draw(string folder)
    {
        if (Path.Combine(folder, StepsFile) is var steps && File.Exists(steps) && StepLog.Read(steps) is { Count: > 0 } records)
            DrawLosses(records, Path.Combine(folder, LossesPicture));
        if (Path.Combine(folder, ScoresFile) is var scores && File.Exists(scores) && ScoreLog.Read(scores) is { Count: > 0 } rows)
            DrawScores(rows, Path.Combine(folder, ScoresPicture));
    }

    /// <summary>
    /// Total loss and its terms on a logarithmic axis, smoothed, with the range of the total behind it, and the learning rate on a second axis.
    /// Values that are not above 0 are left out.
    /// </summary>
    public static void DrawLosses(IReadOnlyList<StepRecord> steps, string path)
    {
        Plot plot = PlotStyle.Create("Training loss", "step", "loss (smoothed)");
        StepRecord[][] parts = [.. steps.Chunk((steps.Count + MostParts - 1) / MostParts)];
        List<double> drawn = [.. DrawRange(plot, parts)];
        for (int term = 0; term < _terms.Length; term++)
            drawn.AddRange(DrawTerm(plot, parts, term));
        DrawRate(plot, parts);
        if (drawn.Count > 0)
        {
            double low = drawn.Min(), high = drawn.Max();
            plot.Axes.Left.TickGenerator = LogTicks.Between(low, high);
            double margin = Math.Max(0.05 * Math.Log10(high / low), 0.02);
            plot.Axes.SetLimitsY(Math.Log10(low) - margin, Math.Log10(high) + margin);
        }
        plot.Axes.SetLimitsX(0, steps[^1].Step * 1.01);
        plot.Axes.Bottom.TickGenerator = PlotStyle.Numbers(whole: true);
        PlotStyle.ShowLegend(plot);
        PlotStyle.Save(plot, path);
    }

    /// <summary>mIoU and F of each split over the epochs; the best mIoU of the validation split, or of the first one, is marked.</summary>
    public static void DrawScores(IReadOnlyList<ScoreRecord> scores, string path)
    {
        Plot plot = PlotStyle.Create("Scores at the end of epochs", "epoch", "score (0 to 1)");
        string[] splits = [.. scores.Select(s => s.Split).Distinct()];
        for (int i = 0; i < splits.Length; i++)
        {
            ScoreRecord[] rows = [.. scores.Where(s => s.Split == splits[i])];
            DrawScore(plot, $"mIoU, {splits[i]}", rows, s => s.MeanIou, i, isMain: true);
            DrawScore(plot, $"F, {splits[i]}", rows, s => s.FScore, i, isMain: false);
        }
        string decisive = splits.Contains("val") ? "val" : splits[0];
        ScoreRecord best = scores.Where(s => s.Split == decisive).MaxBy(s => s.MeanIou)!;
        MarkBest(plot, best, isLate: 2 * best.Epoch > scores.Min(s => s.Epoch) + scores.Max(s => s.Epoch));
        double high = scores.Max(s => Math.Max(s.MeanIou, s.FScore));
        plot.Axes.SetLimits(scores.Min(s => s.Epoch) - 0.5, scores.Max(s => s.Epoch) + 0.5, 0, Math.Max(high * 1.12, 0.01));
        plot.Axes.Bottom.TickGenerator = PlotStyle.Numbers(whole: true);
        PlotStyle.ShowLegend(plot);
        PlotStyle.Save(plot, path);
    }

    // Least and largest total of each part: what smoothing hides.
    private static IEnumerable<double> DrawRange(Plot plot, StepRecord[][] parts)
    {
        StepRecord[][] positive = [.. parts.Select(p => p.Where(s => s.Total > 0).ToArray()).Where(p => p.Length > 0)];
        if (positive.Length < 2)
            return [];
        FillY range = plot.Add.FillY(
            [.. positive.Select(Middle)],
            [.. positive.Select(p => Math.Log10(p.Min(s => s.Total)))],
            [.. positive.Select(p => Math.Log10(p.Max(s => s.Total)))]);
        range.FillColor = PlotStyle.ColorOf(0).WithAlpha(0.18);
        range.LineWidth = 0;
        return positive.SelectMany(p => p).Select(s => s.Total);
    }

    private static IEnumerable<double> DrawTerm(Plot plot, StepRecord[][] parts, int term)
    {
        (string name, Func<StepRecord, double?> of) = _terms[term];
        var means = new List<(double Step, double Value)>();
        foreach (StepRecord[] part in parts)
            if (part.Average(of) is { } mean)
                means.Add((Middle(part), mean));
        (double Step, double Value)[] smooth = [.. Smooth(means).Where(p => p.Value > 0)];
        if (smooth.Length == 0)
            return [];
        Scatter line = plot.Add.Scatter(
            smooth.Select(p => p.Step).ToArray(), smooth.Select(p => Math.Log10(p.Value)).ToArray(), PlotStyle.ColorOf(term));
        line.LineWidth = term == 0 ? 2.5f : 1.6f;
        line.MarkerSize = smooth.Length == 1 ? 8 : 0;
        line.LegendText = name;
        return smooth.Select(p => p.Value);
    }

    private static void DrawRate(Plot plot, StepRecord[][] parts)
    {
        // The last step of each part, so that drops stay steep.
        Scatter line = plot.Add.Scatter(
            parts.Select(p => (double)p[^1].Step).ToArray(), parts.Select(p => (double)p[^1].LearningRate).ToArray(), PlotStyle.Quiet);
        line.LineWidth = 1.4f;
        line.LinePattern = LinePattern.Dotted;
        line.MarkerSize = 0;
        line.ConnectStyle = ConnectStyle.StepHorizontal;
        line.LegendText = "learning rate";
        line.Axes.YAxis = plot.Axes.Right;
        PlotStyle.Label(plot.Axes.Right, "learning rate");
        plot.Axes.Right.MinimumSize = RateAxisPixels;
        plot.Axes.Right.TickGenerator = PlotStyle.Numbers(text: LogTicks.Scientific);
        double most = parts.Max(p => p[^1].LearningRate);
        plot.Axes.SetLimitsY(0, most > 0 ? most * 1.08 : 1, plot.Axes.Right);
    }

    private static void DrawScore(
        Plot plot, string name, ScoreRecord[] rows, Func<ScoreRecord, double> of, int split, bool isMain)
    {
        Scatter line = plot.Add.Scatter(rows.Select(r => (double)r.Epoch).ToArray(), rows.Select(of).ToArray(), PlotStyle.ColorOf(split));
        line.LineWidth = 2;
        line.LinePattern = isMain ? LinePattern.Solid : LinePattern.Dashed;
        line.MarkerShape = isMain ? MarkerShape.FilledCircle : MarkerShape.OpenCircle;
        line.MarkerSize = 7;
        line.LegendText = name;
    }

    private static void MarkBest(Plot plot, ScoreRecord best, bool isLate)
    {
        Text text = plot.Add.Text($"best {LogTicks.Text(Math.Round(best.MeanIou, 4))}", best.Epoch, best.MeanIou);
        text.LabelFontName = InterFont.Name;
        text.LabelFontSize = 13;
        // Towards the middle, where there is room.
        text.LabelAlignment = isLate ? Alignment.LowerRight : Alignment.LowerLeft;
        text.OffsetY = -8;
    }

    private static double Middle(StepRecord[] part) => (part[0].Step + part[^1].Step) / 2.0;

    // Running means over a window that shrinks towards the ends.
    private static IEnumerable<(double Step, double Value)> Smooth(List<(double Step, double Value)> points)
    {
        int reach = (int)(points.Count * SmoothedShare);
        for (int i = 0; i < points.Count; i++)
        {
            int side = Math.Min(reach, Math.Min(i, points.Count - 1 - i));
            yield return (points[i].Step, points.GetRange(i - side, (2 * side) + 1).Average(p => p.Value));
        }
    }
}
