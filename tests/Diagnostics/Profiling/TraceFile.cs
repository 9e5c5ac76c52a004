using System.Text.Json;
using Xunit;

namespace SspNative.Tests.Diagnostics.Profiling;

/// <summary>A written trace, read as a viewer reads it.</summary>
internal sealed class TraceFile
{
    public TraceFile(string json)
    {
        using JsonDocument document = JsonDocument.Parse(json);
        JsonElement[] events = [.. document.RootElement.GetProperty("traceEvents").EnumerateArray()];
        Spans =
        [
            .. events.Where(e => Phase(e) == "X").Select(e => new Entry(
                e.GetProperty("cat").GetString()!, e.GetProperty("name").GetString()!, e.GetProperty("tid").GetInt32(),
                e.GetProperty("ts").GetDecimal(), e.GetProperty("ts").GetDecimal() + e.GetProperty("dur").GetDecimal())),
        ];
        Memory = [.. events.Where(e => Phase(e) == "C").Select(e => e.GetProperty("args").GetProperty("live bytes").GetInt64())];
        NamedThreads = [.. events.Where(e => Phase(e) == "M").Select(e => e.GetProperty("tid").GetInt32())];
    }

    public IReadOnlyList<Entry> Spans { get; }

    public IReadOnlyList<long> Memory { get; }

    public IReadOnlyList<int> NamedThreads { get; }

    /// <summary>Each span with those around it on its thread, the outermost first; fails where two overlap without one being in the other.</summary>
    public IEnumerable<(Entry Span, Entry[] Around)> Nested()
    {
        foreach (IGrouping<int, Entry> thread in Spans.GroupBy(s => s.Thread))
        {
            var open = new Stack<Entry>();
            foreach (Entry span in thread)
            {
                while (open.Count > 0 && open.Peek().End <= span.Start && open.Peek() != span)
                    open.Pop();
                if (open.TryPeek(out Entry? around))
                    Assert.True(around.Start <= span.Start && span.End <= around.End, $"{span} is not inside {around}");
                yield return (span, [.. open.Reverse()]);
                open.Push(span);
            }
        }
    }

    private static string Phase(JsonElement e) => e.GetProperty("ph").GetString()!;

    public sealed record Entry(string Kind, string Name, int Thread, decimal Start, decimal End);
}
