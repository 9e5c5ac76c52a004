using System.Globalization;
using Spectre.Console;
using SspNative.Cli.Terminal;
using SspNative.Model.Networks;
using SspNative.Model.Results;

namespace SspNative.Cli.Segmenting;

/// <summary>What a terminal shows of a segmented clip: a line a frame, where the results are, and how long each stage took.</summary>
internal static class SegmentSummary
{
    public static void Write(SegmentationReport report, string directory, IAnsiConsole console)
    {
        string timeFormat = TimeFormat(report);
        foreach (FrameReport frame in report.Frames)
        {
            string found = frame.Objects.Count == 0
                ? "nothing"
                : string.Join(", ", frame.Objects.Select(o => string.Create(
                    CultureInfo.InvariantCulture, $"{o.Name} ({Share(o, report)}, score {o.Score:0.00})")));
            console.MarkupLineInterpolated($"{frame.Time.ToString(timeFormat, CultureInfo.InvariantCulture)} s  {found}");
        }
        string stages = string.Join(
            ", ", report.Stages.GroupBy(s => s.Stage).Select(g => string.Create(CultureInfo.InvariantCulture, $"{g.Key} {g.Sum(s => s.Seconds):0.0} s")));
        console.MarkupLineInterpolated(
            $"{directory}: {Output.Count(report.Frames.Count, "mask")} of {report.Width}×{report.Height}; look at {Path.Combine(directory, "index.html")}");
        console.MarkupLineInterpolated($"{stages}; tensors {report.PeakTensorBytes / 1048576} MB, process {report.PeakProcessBytes / 1048576} MB");
    }

    // As many decimals as tell the times of two frames apart.
    private static string TimeFormat(SegmentationReport report)
    {
        double between = report.Frames.Count < 2 ? 1 : report.Frames[1].Time - report.Frames[0].Time;
        return "0." + new string('0', Math.Max(1, (int)Math.Ceiling(-Math.Log10(between) - 1e-9)));
    }

    private static string Share(FoundObject found, SegmentationReport report)
    {
        double percent = 100.0 * found.Area / report.Width / report.Height;
        return percent < 0.05 ? "below 0.1 %" : string.Create(CultureInfo.InvariantCulture, $"{percent:0.0} %");
    }
}
