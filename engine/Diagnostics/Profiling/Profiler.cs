using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using SspNative.Kernels.Cpu;

namespace SspNative.Engine.Diagnostics;

/// <summary>
/// Collects what a process spends its time on while it is open: stages ▸ modules ▸ operations ▸ kernels, and the memory of the devices that it
/// watches. At most one is open; while none is, a span costs the reading of one field.
/// </summary>
/// <example><code>
/// using var profiler = new Profiler();
/// using (profiler.Watch(device))
/// using (Profiler.Module("encoder"))
///     model.Forward(Tensor.Zeros([1, 3, 384, 384], device));
/// profiler.Stop();
/// ChromeTrace.Write(profiler, "trace.json");
/// </code></example>
public sealed class Profiler : IDisposable
{
    /// <summary>What stands between the names of modules in a path.</summary>
    public const string PathSeparator = " ▸ ";

    private const string HostWork = "host work";

    // No thread has such a number.
    private const int FirstDevice = 1_000_000;

    private static Profiler? _current;

    [ThreadStatic]
    private static ThreadTrack? _track;

    private readonly ConcurrentDictionary<int, ThreadTrack> _tracks = new();
    private readonly List<DeviceTimeline> _timelines = [];
    private readonly List<(long Time, long Bytes)> _memory = [];
    private readonly Lock _memoryLock = new();
    private long _liveBytes;

    /// <exception cref="InvalidOperationException">One is open already.</exception>
    public Profiler()
    {
        Start = Stopwatch.GetTimestamp();
        if (Interlocked.CompareExchange(ref _current, this, null) is not null)
            throw new InvalidOperationException("a profiler is open already");
        CpuThreads.Observer = AddWorker;
    }

    /// <summary>When it was opened, in ticks of <see cref="Stopwatch"/>.</summary>
    public long Start { get; }

    /// <summary>When it was stopped.</summary>
    public long End { get; private set; }

    /// <summary>Whether it collects.</summary>
    public bool IsOpen => _current == this;

    public double WallSeconds => (double)(End - Start) / Stopwatch.Frequency;

    /// <summary>All spans that have ended, thread by thread, in no order of time.</summary>
    public IEnumerable<TraceEvent> Events => _tracks.Values.OrderBy(t => t.Thread).SelectMany(t => t.Events);

    /// <summary>Bytes of what was allocated since the device was watched and is alive, after each allocation and release.</summary>
    public IReadOnlyList<(long Time, long Bytes)> Memory => _memory;

    /// <summary>The names of the threads, and of devices with a clock of their own, that spans are of.</summary>
    public IEnumerable<(int Thread, string Name)> Threads =>
        [.. _tracks.Values.OrderBy(t => t.Thread).Select(t => (t.Thread, t.Name)), .. _timelines.Select(t => (t.Thread, t.Name))];

    /// <summary>
    /// Times every kernel of a device and notes its memory, until what is returned is disposed. Kernels of a device that has a clock of its own are timed
    /// by that, and have a line of their own; the host does not wait for them.
    /// </summary>
    public IDisposable Watch(IDevice device)
    {
        var timeline = DeviceTimeline.Of(device, FirstDevice + _timelines.Count);
        if (timeline is not null)
            _timelines.Add(timeline);
        return new Watching(device.Observe(new ProfilingObserver(this, timeline)), timeline);
    }

    /// <summary>Begins a part of a run.</summary>
    public static ProfilerSpan Stage(string name) => _current is { } profiler ? profiler.Track().Open(SpanKind.Stage, name) : default;

    /// <summary>Begins a part of the model.</summary>
    public static ProfilerSpan Module(string name) => _current is { } profiler ? profiler.Track().Open(SpanKind.Module, name) : default;

    /// <summary>Begins one of several equal parts of the model; the name is put together only while a profiler is open.</summary>
    public static ProfilerSpan Module(string name, int index) =>
        _current is { } profiler
            ? profiler.Track().Open(SpanKind.Module, string.Create(CultureInfo.InvariantCulture, $"{name} {index}"))
            : default;

    /// <summary>Ends the collection. Spans that are open are left out.</summary>
    public void Stop()
    {
        if (Interlocked.CompareExchange(ref _current, null, this) != this)
            return;
        CpuThreads.Observer = null;
        foreach (ThreadTrack track in _tracks.Values)
            track.Settle();
        foreach (DeviceTimeline timeline in _timelines)
            timeline.Settle();
        End = Stopwatch.GetTimestamp();
    }

    public void Dispose() => Stop();

    /// <summary>The module that is open on this thread; null while no profiler is.</summary>
    internal static string? CurrentModule => _current?.Track().Module;

    /// <summary>Tells that an operation's kernels have run.</summary>
    internal static void Recorded(string op) => _current?.Track().Recorded(op);

    /// <summary>Begins the backward pass of an operation.</summary>
    internal static ProfilerSpan Backward(string op, string? module) =>
        _current is { } profiler ? profiler.Track().OpenBackward(op, module ?? "") : default;

    internal ThreadTrack Track()
    {
        if (_track is { } track && track.Profiler == this)
            return track;
        var thread = Thread.CurrentThread;
        return _track = _tracks.GetOrAdd(
            thread.ManagedThreadId, id => new ThreadTrack(this, id, string.IsNullOrEmpty(thread.Name) ? $"thread {id}" : thread.Name));
    }

    internal void AddMemory(long bytes)
    {
        lock (_memoryLock)
        {
            _liveBytes += bytes;
            if (IsOpen)
                _memory.Add((Stopwatch.GetTimestamp(), _liveBytes));
        }
    }

    // Called by worker threads while the thread that they work for waits.
    private void AddWorker(int owner, long start, long end)
    {
        TraceEvent? kernel = _tracks.GetValueOrDefault(owner)?.Kernel;
        ThreadTrack track = Track();
        track.AddWorker(new TraceEvent(SpanKind.Worker, kernel?.Name ?? HostWork, track.Thread, start) { End = end });
        kernel?.AddWorker(end - start);
    }

    private sealed class Watching(IDisposable registration, DeviceTimeline? timeline) : IDisposable
    {
        public void Dispose()
        {
            registration.Dispose();
            timeline?.Dispose();
        }
    }
}
