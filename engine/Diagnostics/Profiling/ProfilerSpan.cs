namespace SspNative.Engine.Diagnostics;

/// <summary>What a span of time was spent on, from the outside in.</summary>
public enum SpanKind
{
    /// <summary>A part of a run: decoding, optical flow, a step of training.</summary>
    Stage,

    /// <summary>A part of the model; modules nest.</summary>
    Module,

    /// <summary>An operation, forward or backward.</summary>
    Op,

    /// <summary>A call of a device's kernel.</summary>
    Kernel,

    /// <summary>What a worker thread did for a kernel.</summary>
    Worker,
}

/// <summary>A span that ends when it is disposed. The default one belongs to no profiler and does nothing.</summary>
public readonly struct ProfilerSpan : IDisposable
{
    private readonly ThreadTrack? _track;
    private readonly TraceEvent? _span;

    internal ProfilerSpan(ThreadTrack track, TraceEvent span)
    {
        _track = track;
        _span = span;
    }

    public void Dispose() => _track?.Close(_span!);
}

/// <summary>A span of time on a thread. Times are ticks of <see cref="System.Diagnostics.Stopwatch"/>.</summary>
public sealed class TraceEvent
{
    private long _workerTicks;

    internal TraceEvent(SpanKind kind, string name, int thread, long start)
    {
        Kind = kind;
        Name = name;
        Thread = LaunchThread = thread;
        Start = Launched = start;
    }

    public SpanKind Kind { get; }

    public string Name { get; }

    /// <summary>The thread that it ran on, or what stands for a device that has a clock of its own.</summary>
    public int Thread { get; internal set; }

    public long Start { get; internal set; }

    public long End { get; internal set; }

    /// <summary>For a kernel, the thread that launched it.</summary>
    public int LaunchThread { get; }

    /// <summary>For a kernel, when that was; a device that queues kernels may run it much later.</summary>
    public long Launched { get; }

    /// <summary>Whether a device with a clock of its own ran it.</summary>
    public bool IsOnDevice => Thread != LaunchThread;

    /// <summary>The module and those around it, joined by <see cref="Profiler.PathSeparator"/>; empty outside of all.</summary>
    public string Module { get; internal set; } = "";

    /// <summary>For a kernel, the operation that it was called for.</summary>
    public string Op { get; internal set; } = "";

    /// <summary>For a kernel, those of its <see cref="Cost"/>.</summary>
    public double Flops { get; internal init; }

    /// <summary>For a kernel, the bytes of its operands, each read or written once.</summary>
    public long Bytes { get; internal init; }

    /// <summary>Whether it is an operation's backward pass.</summary>
    public bool IsBackward { get; internal init; }

    public long Ticks => End - Start;

    /// <summary>For a kernel, what threads besides the calling one worked for it, added up.</summary>
    public long WorkerTicks => Interlocked.Read(ref _workerTicks);

    internal void AddWorker(long ticks) => Interlocked.Add(ref _workerTicks, ticks);
}
