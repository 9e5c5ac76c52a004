using System.Diagnostics;
using System.Globalization;
using System.Text.Json;

namespace SspNative.Engine.Diagnostics;

/// <summary>
/// Writes a profile in the Trace Event Format, which chrome://tracing and Perfetto open: complete events (<c>X</c>) with the kind of span as their
/// category, names of threads (<c>M</c>) and a counter of live bytes (<c>C</c>). Times are in µs since the profiler was opened.
/// </summary>
public static class ChromeTrace
{
    private const int Process = 1;

    /// <summary>Writes a stopped profiler's spans; a former file is replaced.</summary>
    public static void Write(Profiler profiler, string path)
    {
        using FileStream file = File.Create(path);
        Write(profiler, file);
    }

    /// <summary>Writes a stopped profiler's spans.</summary>
    public static void Write(Profiler profiler, Stream stream)
    {
        using var json = new Utf8JsonWriter(stream);
        json.WriteStartObject();
        json.WriteString("displayTimeUnit", "ms");
        json.WriteStartArray("traceEvents");
        foreach ((int thread, string name) in profiler.Threads)
        {
            Begin(json, "thread_name", "M", thread);
            json.WriteStartObject("args");
            json.WriteString("name", name);
            json.WriteEndObject();
            json.WriteEndObject();
        }
        // What lies around comes first, also where two spans begin and end together.
        foreach (TraceEvent span in profiler.Events.OrderBy(e => e.Start).ThenByDescending(e => e.End).ThenBy(e => e.Kind))
            Span(json, span, profiler.Start);
        foreach ((long time, long bytes) in profiler.Memory)
        {
            Begin(json, "memory", "C", 0);
            Time(json, "ts", time - profiler.Start);
            json.WriteStartObject("args");
            json.WriteNumber("live bytes", bytes);
            json.WriteEndObject();
            json.WriteEndObject();
        }
        json.WriteEndArray();
        json.WriteEndObject();
    }

    private static void Span(Utf8JsonWriter json, TraceEvent span, long start)
    {
        Begin(json, span.Name, "X", span.Thread);
        json.WriteString("cat", span.Kind.ToString().ToLowerInvariant());
        Time(json, "ts", span.Start - start);
        Time(json, "dur", span.Ticks);
        if (span.Kind == SpanKind.Kernel)
        {
            json.WriteStartObject("args");
            json.WriteString("op", span.Op);
            json.WriteString("module", span.Module);
            json.WriteNumber("flops", span.Flops);
            json.WriteNumber("bytes", span.Bytes);
            json.WriteEndObject();
        }
        json.WriteEndObject();
    }

    private static void Begin(Utf8JsonWriter json, string name, string phase, int thread)
    {
        json.WriteStartObject();
        json.WriteString("name", name);
        json.WriteString("ph", phase);
        json.WriteNumber("pid", Process);
        json.WriteNumber("tid", thread);
    }

    // In full nanoseconds, so that nested spans stay nested.
    private static void Time(Utf8JsonWriter json, string name, long ticks)
    {
        json.WritePropertyName(name);
        json.WriteRawValue(Math.Round(ticks * 1e6m / Stopwatch.Frequency, 3).ToString(CultureInfo.InvariantCulture));
    }
}
