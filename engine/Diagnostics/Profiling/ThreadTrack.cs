using System.Diagnostics;

namespace SspNative.Engine.Diagnostics;

/// <summary>The spans of one thread, and those of them that are open.</summary>
/// <remarks>
/// An operation names itself when it is done, to the tape, so its kernels wait until then for their operation. Kernels that no operation claims
/// before the next module begins or ends become operations of their own.
/// </remarks>
internal sealed class ThreadTrack(Profiler profiler, int thread, string name)
{
    private readonly List<TraceEvent> _events = [];
    private readonly Stack<(TraceEvent Span, string OuterModule)> _open = new();
    private readonly List<(TraceEvent Kernel, long Begin, long End)> _waiting = [];
    private TraceEvent? _op;
    private DeviceMark? _begin;

    public Profiler Profiler { get; } = profiler;

    public int Thread { get; } = thread;

    public string Name { get; } = name;

    /// <summary>The module that is open, with those around it.</summary>
    public string Module { get; private set; } = "";

    /// <summary>The kernel that runs now; read by worker threads.</summary>
    public TraceEvent? Kernel { get; private set; }

    public IReadOnlyList<TraceEvent> Events => _events;

    public ProfilerSpan Open(SpanKind kind, string name)
    {
        Settle();
        string outer = Module;
        if (kind == SpanKind.Module)
            Module = outer.Length == 0 ? name : outer + Profiler.PathSeparator + name;
        var span = new TraceEvent(kind, name, Thread, Stopwatch.GetTimestamp()) { Module = Module };
        _open.Push((span, outer));
        return new ProfilerSpan(this, span);
    }

    /// <summary>Begins the backward pass of an operation that was recorded in a module.</summary>
    public ProfilerSpan OpenBackward(string op, string module)
    {
        Settle();
        _op = new TraceEvent(SpanKind.Op, "backward of " + op, Thread, Stopwatch.GetTimestamp()) { Module = module, IsBackward = true };
        return new ProfilerSpan(this, _op);
    }

    public void Close(TraceEvent span)
    {
        Settle();
        span.End = Stopwatch.GetTimestamp();
        _events.Add(span);
        if (span == _op)
        {
            _op = null;
            return;
        }
        (TraceEvent top, Module) = _open.Pop();
        if (top != span)
            throw new InvalidOperationException($"the span {span.Name} ended before {top.Name}, which began inside it");
    }

    /// <summary>Begins a kernel.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="cost">What it costs.</param>
    /// <param name="begin">In the queue of a device with a clock of its own, before the kernel.</param>
    public void BeginKernel(string name, Cost cost, DeviceMark? begin)
    {
        _begin = begin;
        Kernel = new TraceEvent(SpanKind.Kernel, name, Thread, Stopwatch.GetTimestamp())
        {
            Flops = cost.Flops,
            Bytes = cost.Bytes,
            Module = Module,
        };
    }

    /// <summary>Ends the kernel that began last; one that began before the profiler was opened is not known.</summary>
    /// <param name="timeline">Of a device with a clock of its own: there the kernel is only launched.</param>
    public void EndKernel(DeviceTimeline? timeline)
    {
        if (Kernel is not { } kernel)
            return;
        long end = kernel.End = Stopwatch.GetTimestamp();
        Kernel = null;
        _events.Add(kernel);
        if (_op is { } op)
            (kernel.Op, kernel.Module) = (op.Name, op.Module);
        else
            _waiting.Add((kernel, kernel.Launched, end));
        timeline?.End(kernel, _begin!);
    }

    /// <summary>Begins a copy between host and device, an operation by itself, as are the kernels before it that no operation has claimed.</summary>
    public void BeginCopy(string name, long bytes, DeviceMark? begin)
    {
        Settle();
        BeginKernel(name, new Cost(0, bytes, 0), begin);
    }

    public void EndCopy(DeviceTimeline? timeline)
    {
        EndKernel(timeline);
        Settle();
    }

    /// <summary>An operation is done: the kernels that wait are its own.</summary>
    public void Recorded(string op)
    {
        if (_waiting.Count == 0)
            return;
        AddOp(op, _waiting[0].Begin, Stopwatch.GetTimestamp(), _waiting.Select(w => w.Kernel));
        _waiting.Clear();
    }

    public void AddWorker(TraceEvent work) => _events.Add(work);

    /// <summary>Makes kernels that no operation claimed operations of their own.</summary>
    public void Settle()
    {
        foreach ((TraceEvent kernel, long begin, long end) in _waiting)
            AddOp(kernel.Name, begin, end, [kernel]);
        _waiting.Clear();
    }

    private void AddOp(string name, long start, long end, IEnumerable<TraceEvent> kernels)
    {
        foreach (TraceEvent kernel in kernels)
            kernel.Op = name;
        _events.Add(new TraceEvent(SpanKind.Op, name, Thread, start) { End = end, Module = Module });
    }
}
