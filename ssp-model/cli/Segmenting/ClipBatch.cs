using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using Spectre.Console;
using SspNative.Cli.Terminal;
using SspNative.Engine;
using SspNative.Engine.Storage;
using SspNative.Model;
using SspNative.Model.Config;
using SspNative.Model.Files;
using SspNative.Model.Pipeline;
using SspNative.Model.Results;

namespace SspNative.Cli.Segmenting;

/// <summary>
/// Segments many clips with networks that are loaded once. Each has a folder of its own; a clip that cannot be read is told of and does not stop the rest.
/// <c>summary.json</c> says what became of each, also after an interruption.
/// </summary>
/// <param name="model">What segments.</param>
/// <param name="settings">How each clip is segmented.</param>
/// <param name="videos">The videos to write.</param>
/// <param name="directory">The folder of all results.</param>
/// <param name="resumes">Whether results that are there already are kept.</param>
internal sealed class ClipBatch(SspModel model, Func<ClipInput, SegmentationSettings> settings, ResultVideos videos, string directory, bool resumes)
{
    private const string SummaryFile = "summary.json", SummaryKind = "ssp segment: summary of many clips";

    private readonly List<ClipOutcome> _outcomes = [];

    private string SummaryPath => Path.Combine(directory, SummaryFile);

    /// <summary>Makes sure that the summary may be written.</summary>
    /// <exception cref="InputException">The folder has one that is somebody's own.</exception>
    public static void RequireOwnSummary(string directory)
    {
        string path = Path.Combine(directory, SummaryFile);
        if (!File.Exists(path))
            return;
        try
        {
            using JsonDocument json = JsonDocument.Parse(InputFile.ReadBytes(path, InputFile.TextLimit));
            if (ConfigJson.Find(json.RootElement, "kind") is { ValueKind: JsonValueKind.String } kind && kind.ValueEquals(SummaryKind))
                return;
        }
        catch (Exception e) when (e is JsonException or InvalidDataException)
        {
            // Then it is not ours.
        }
        throw new InputException($"{path}: not a summary of this program; give another folder with --out");
    }

    /// <summary>Segments all clips, and writes a line for each.</summary>
    /// <returns>The exit code: bad input where a clip could not be segmented.</returns>
    public int Run(ParseResult parsed, IReadOnlyList<ClipInput> inputs)
    {
        TextWriter output = parsed.InvocationConfiguration.Output, error = parsed.InvocationConfiguration.Error;
        AtomicFile.DeleteAbandoned(SummaryPath);
        try
        {
            for (int i = 0; i < inputs.Count; i++)
            {
                ClipOutcome outcome = Segment(parsed, inputs[i]);
                _outcomes.Add(outcome);
                // What a clip leaves is old by then, and would wait for many clips.
                GC.Collect();
                string begin = $"{outcome.Input}: ";
                // Errors of a clip's file name it themselves.
                string named = outcome.Description.StartsWith(begin, StringComparison.Ordinal) ? outcome.Description : begin + outcome.Description;
                string line = $"[{i + 1}/{inputs.Count}] {named}";
                if (outcome.Error is null)
                    Output.Lines(output).WriteLine(line);
                else
                    Failures.Write(error, line);
            }
        }
        finally
        {
            if (_outcomes.Count > 0)
            {
                // Where no clip had a result nobody has made it.
                Directory.CreateDirectory(directory);
                AtomicFile.Write(SummaryPath, Write);
            }
        }
        int failed = _outcomes.Count(o => o.Error is not null), kept = _outcomes.Count(o => o.IsKept);
        Output.Lines(output).WriteLine(
            $"{directory}: {Output.Count(inputs.Count - failed - kept, "clip")} segmented, {kept} kept, {failed} failed; see {SummaryPath}");
        return failed > 0 ? ExitCodes.BadInput : ExitCodes.Success;
    }

    private ClipOutcome Segment(ParseResult parsed, ClipInput input)
    {
        string target = Path.Combine(directory, input.Name);
        try
        {
            SegmentationSettings how = settings(input);
            return ProgressBars.Show(parsed, progress =>
            {
                ClipSegmentation segmentation = model.Begin(input.Path, how, progress);
                if (resumes && FormerResult.IsOf(target, segmentation, videos))
                    return new ClipOutcome(input.Path, target) { IsKept = true };
                using var writer = new ResultWriter(target, videos);
                return new ClipOutcome(input.Path, target) { Found = ClipOutcome.Describe(writer.Write(segmentation)) };
            });
        }
        catch (Exception e) when (Failures.IsOfClip(e) && !parsed.Stop().IsCancellationRequested)
        {
            return new ClipOutcome(input.Path, target) { Error = PlainText.OneLine(e.Message) };
        }
    }

    private void Write(Stream stream)
    {
        using var json = new Utf8JsonWriter(stream, new JsonWriterOptions { Indented = true });
        json.WriteStartObject();
        json.WriteString("kind", SummaryKind);
        json.WriteStartArray("clips");
        foreach (ClipOutcome outcome in _outcomes)
        {
            json.WriteStartObject();
            json.WriteString("input", outcome.Input);
            json.WriteString("state", outcome.Error is not null ? "failed" : outcome.IsKept ? "kept" : "segmented");
            if (outcome.Error is null)
                json.WriteString("result", outcome.Result);
            else
                json.WriteString("error", outcome.Error);
            json.WriteEndObject();
        }
        json.WriteEndArray();
        json.WriteEndObject();
    }
}

/// <summary>What became of a clip of several.</summary>
internal sealed record ClipOutcome(string Input, string Result)
{
    /// <summary>What was found, in a line, where it was segmented now.</summary>
    public string? Found { get; init; }

    /// <summary>Whether a former result was kept.</summary>
    public bool IsKept { get; init; }

    /// <summary>Why it could not be segmented.</summary>
    public string? Error { get; init; }

    /// <summary>All of it in a line.</summary>
    public string Description => Error ?? (IsKept ? "kept as it was" : Found!);

    /// <summary>What a clip's report says, in a line.</summary>
    public static string Describe(SegmentationReport report)
    {
        string[] sounding =
        [
            .. Timeline.Of(report).GroupBy(i => i.Name).Select(g => (Name: g.Key, Seconds: g.Sum(i => i.End - i.Start))).OrderByDescending(s => s.Seconds)
                .Select(s => string.Create(CultureInfo.InvariantCulture, $"{s.Name} {s.Seconds:0.#} s")),
        ];
        double seconds = report.Stages.Sum(s => s.Seconds);
        return string.Create(
            CultureInfo.InvariantCulture,
            $"{Output.Count(report.Frames.Count, "frame")}, {(sounding.Length == 0 ? "nothing sounds" : string.Join(", ", sounding))}; took {seconds:0.0} s");
    }
}
