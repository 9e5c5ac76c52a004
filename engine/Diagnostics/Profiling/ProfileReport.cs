using System.Diagnostics;

namespace SspNative.Engine.Diagnostics;

/// <summary>The least time that work can take on a device.</summary>
/// <param name="flops">Floating-point operations, a multiply-add counting two.</param>
/// <param name="bytes">Bytes moved.</param>
/// <returns>Seconds.</returns>
public delegate double LeastTime(double flops, double bytes);

/// <summary>What one kind of kernel, operation, module or stage took.</summary>
/// <param name="Name">Its name; of a module, with those around it.</param>
/// <param name="Calls">How often it ran.</param>
/// <param name="Seconds">For kernels and operations in kernels alone, for modules and stages from begin to end.</param>
/// <param name="Share"><paramref name="Seconds"/> as a part of the wall time.</param>
/// <param name="KernelSeconds">
/// What kernels took that were launched in it; for modules with their backward passes. Those of a device that queues them may have run later.
/// </param>
/// <param name="BackwardSeconds">Of modules: what their backward passes took, which lie outside of <paramref name="Seconds"/>.</param>
/// <param name="Flops">Floating-point operations of the kernels.</param>
/// <param name="Bytes">Bytes of the kernels' operands, each read or written once.</param>
/// <param name="Threads">
/// Threads that worked for the kernels, on average over their time; null without kernels, and on a device with a clock of its own.
/// </param>
/// <param name="RoofShare">
/// The least time of the kernels, call by call, as a part of the time they took. Null where the least time is not known, and without kernels.
/// </param>
public sealed record ProfileRow(
    string Name, long Calls, double Seconds, double Share, double KernelSeconds, double BackwardSeconds, double Flops, double Bytes, double? Threads,
    double? RoofShare);

/// <summary>A profile summed up. Rows are sorted by time, the longest first.</summary>
/// <param name="WallSeconds">From the opening of the profiler until it stopped.</param>
/// <param name="KernelSeconds">The time of all kernels.</param>
/// <param name="PeakBytes">Most live memory.</param>
public sealed record ProfileReport(
    double WallSeconds, double KernelSeconds, long PeakBytes, IReadOnlyList<ProfileRow> Stages, IReadOnlyList<ProfileRow> Modules,
    IReadOnlyList<ProfileRow> Ops, IReadOnlyList<ProfileRow> Kernels)
{
    /// <summary>Sums a stopped profiler up.</summary>
    public static ProfileReport From(Profiler profiler, LeastTime? roof = null)
    {
        TraceEvent[] events = [.. profiler.Events];
        ILookup<SpanKind, TraceEvent> kinds = events.ToLookup(e => e.Kind);
        ILookup<string, TraceEvent> ops = kinds[SpanKind.Op].ToLookup(o => o.Name);
        double wall = profiler.WallSeconds;
        return new ProfileReport(
            wall,
            Seconds(kinds[SpanKind.Kernel]),
            profiler.Memory.Select(m => m.Bytes).DefaultIfEmpty().Max(),
            Sorted(kinds[SpanKind.Stage].GroupBy(s => s.Name).Select(g => Row(g.Key, [.. g], Inside(g, kinds[SpanKind.Kernel]), wall, roof))),
            Sorted(ModuleRows(kinds, wall, roof)),
            Sorted(kinds[SpanKind.Kernel].GroupBy(k => k.Op).Select(g => KernelRow(g.Key, ops[g.Key].LongCount(), [.. g], wall, roof))),
            Sorted(kinds[SpanKind.Kernel].GroupBy(k => k.Name).Select(g => KernelRow(g.Key, g.LongCount(), [.. g], wall, roof))));
    }

    private static IEnumerable<ProfileRow> ModuleRows(ILookup<SpanKind, TraceEvent> kinds, double wall, LeastTime? roof)
    {
        ILookup<string, TraceEvent> kernels = ByModule(kinds[SpanKind.Kernel]);
        ILookup<string, TraceEvent> backward = ByModule(kinds[SpanKind.Op].Where(o => o.IsBackward));
        foreach (IGrouping<string, TraceEvent> module in kinds[SpanKind.Module].GroupBy(m => m.Module))
        {
            ProfileRow row = Row(module.Key, [.. module], [.. kernels[module.Key]], wall, roof);
            yield return row with { BackwardSeconds = Seconds(backward[module.Key]) };
        }
    }

    // Each with the modules around its own.
    private static ILookup<string, TraceEvent> ByModule(IEnumerable<TraceEvent> spans) =>
        spans.SelectMany(s => Around(s.Module).Select(path => (Path: path, Span: s))).ToLookup(p => p.Path, p => p.Span);

    private static IEnumerable<string> Around(string path)
    {
        for (int end = path.Length; end > 0; end = path.LastIndexOf(Profiler.PathSeparator, end - 1, StringComparison.Ordinal))
            yield return path[..end];
    }

    private static TraceEvent[] Inside(IEnumerable<TraceEvent> spans, IEnumerable<TraceEvent> kernels)
    {
        TraceEvent[] around = [.. spans];
        return [.. kernels.Where(k => around.Any(s => s.Thread == k.LaunchThread && s.Start <= k.Launched && k.Launched < s.End))];
    }

    private static ProfileRow Row(string name, TraceEvent[] spans, TraceEvent[] kernels, double wall, LeastTime? roof)
    {
        double seconds = Seconds(spans);
        return KernelRow(name, spans.Length, kernels, wall, roof) with { Seconds = seconds, Share = seconds / wall };
    }

    private static ProfileRow KernelRow(string name, long calls, TraceEvent[] kernels, double wall, LeastTime? roof)
    {
        double seconds = Seconds(kernels);
        return new ProfileRow(
            name, calls, seconds, seconds / wall, seconds, 0, kernels.Sum(k => k.Flops), kernels.Sum(k => (double)k.Bytes),
            seconds > 0 && !kernels.Any(k => k.IsOnDevice) ? 1 + kernels.Sum(k => (double)k.WorkerTicks) / Stopwatch.Frequency / seconds : null,
            seconds > 0 && roof is not null ? kernels.Sum(k => roof(k.Flops, k.Bytes)) / seconds : null);
    }

    private static IReadOnlyList<ProfileRow> Sorted(IEnumerable<ProfileRow> rows) =>
        [.. rows.OrderByDescending(r => r.Seconds).ThenBy(r => r.Name, StringComparer.Ordinal)];

    private static double Seconds(IEnumerable<TraceEvent> spans) => (double)spans.Sum(s => s.Ticks) / Stopwatch.Frequency;
}
