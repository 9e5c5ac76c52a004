using System.Globalization;
using System.Text;
using SspNative.Model.Networks;

namespace SspNative.Model.Results;

/// <summary>A time in which a class sounds without a break.</summary>
/// <param name="Start">In seconds.</param>
/// <param name="End">In seconds: where the interval of its last frame ends.</param>
/// <param name="Label">Its number.</param>
/// <param name="Name">Its name.</param>
/// <param name="Score">Mean over its frames.</param>
/// <param name="Area">Mean share of the picture, 0…1.</param>
public sealed record SoundingInterval(double Start, double End, int Label, string Name, double Score, double Area);

/// <summary>What sounds when.</summary>
public static class Timeline
{
    /// <summary>The intervals of all classes, by start, then by label.</summary>
    public static IReadOnlyList<SoundingInterval> Of(SegmentationReport report)
    {
        var intervals = new List<SoundingInterval>();
        foreach (int label in report.Frames.SelectMany(f => f.Objects).Select(o => o.Label).Distinct())
            intervals.AddRange(OfLabel(report, label));
        return [.. intervals.OrderBy(i => i.Start).ThenBy(i => i.Label)];
    }

    /// <summary>The intervals as a table of comma-separated values with a header.</summary>
    public static string ToCsv(IReadOnlyList<SoundingInterval> intervals)
    {
        var csv = new StringBuilder("start_s,end_s,label,name,mean_score,mean_area\n");
        foreach (SoundingInterval i in intervals)
            csv.Append(CultureInfo.InvariantCulture, $"{i.Start:0.###},{i.End:0.###},{i.Label},{i.Name},{i.Score:0.####},{i.Area:0.####}\n");
        return csv.ToString();
    }

    private static IEnumerable<SoundingInterval> OfLabel(SegmentationReport report, int label)
    {
        var run = new List<(FrameReport Frame, FoundObject Found)>();
        foreach (FrameReport frame in report.Frames)
        {
            FoundObject? found = frame.Objects.FirstOrDefault(o => o.Label == label);
            if (found is not null)
                run.Add((frame, found));
            else if (run.Count > 0)
            {
                yield return Interval(report, run);
                run.Clear();
            }
        }
        if (run.Count > 0)
            yield return Interval(report, run);
    }

    private static SoundingInterval Interval(SegmentationReport report, List<(FrameReport Frame, FoundObject Found)> run) => new(
        run[0].Frame.Time, (run[^1].Frame.Index + 1) / report.FramesPerSecond, run[0].Found.Label, run[0].Found.Name,
        run.Average(r => r.Found.Score), run.Average(r => r.Found.Area) / report.Width / report.Height);
}
