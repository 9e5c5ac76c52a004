using System.Diagnostics;
using System.Globalization;

namespace SspNative.Kernels.Cpu;

/// <summary>
/// The one thread pool of all CPU kernels: as many threads as processors that the process may use, the caller being one of them. Work is handed over
/// by a counter that idle workers watch. They stay awake for as long as a model's forward goes on, and sleep when nothing comes or others want the
/// processor (<see cref="AwakeWait"/>), so a parallel region costs about a microsecond. Regions do not nest: a region inside a region runs on the
/// thread it is in.
/// </summary>
public static class CpuThreads
{
    /// <summary>Environment variable that says how many threads there are.</summary>
    public const string Variable = "SSP_THREADS";

    /// <summary>The most threads that a process can have use for.</summary>
    public const int Most = 1024;

    // Longer than a model's forward stays on one thread between two regions; to wake a sleeping thread takes about 50 µs.
    private const double AwakeSeconds = 2e-3;

    private static readonly Lock _regionLock = new();

    // Workers sleep on these: until the next region, and until there are to be more threads.
    private static readonly object _bed = new(), _bench = new();
    private static volatile Region? _region;
    private static int _epoch;
    private static int _sleeping;
    private static int _started = 1;
    private static volatile int _count;

    [ThreadStatic]
    private static bool _insideRegion;

    /// <summary>
    /// Threads that share a region, the caller included. At first as many as <see cref="Variable"/> says, else as the process's affinity mask and its
    /// control group's quota of processor time leave it processors.
    /// </summary>
    /// <exception cref="ArgumentException">The number, or that of the environment, is none of 1 … <see cref="Most"/>.</exception>
    public static int Count
    {
        get => _count > 0 ? _count : _count = OfEnvironment(Environment.GetEnvironmentVariable(Variable));
        set
        {
            _count = value is >= 1 and <= Most ? value : throw new ArgumentException($"{value} threads: expected a number from 1 to {Most}");
            lock (_bench)
                Monitor.PulseAll(_bench);
        }
    }

    /// <summary>
    /// Told, on a worker thread, what it did for a region: the managed id of the thread that the region belongs to, and begin and end in ticks of
    /// <see cref="Stopwatch"/>. Null, as it mostly is, times nothing.
    /// </summary>
    public static Action<int, long, long>? Observer { get; set; }

    // Whether threads wait for processors that other threads of the pool have.
    private static bool IsShared => Count > Environment.ProcessorCount;

    /// <summary>Runs body(0 … count−1), items in any order and on any thread; returns when all are done.</summary>
    public static void For(int count, Action<int> body)
    {
        if (count <= 1 || Count == 1 || _insideRegion)
        {
            for (int i = 0; i < count; i++)
                body(i);
            return;
        }
        lock (_regionLock)
        {
            StartWorkers();
            var region = new Region(count, body, Environment.CurrentManagedThreadId);
            _region = region;
            Placement.NoteOwner();
            Interlocked.Increment(ref _epoch);
            if (Volatile.Read(ref _sleeping) > 0)
                WakeWorkers();
            Work(region, null);
            region.WaitForWorkers(IsShared);
            _region = null;
            if (region.Failure is { } failure)
                System.Runtime.ExceptionServices.ExceptionDispatchInfo.Throw(failure);
        }
    }

    /// <summary>Splits 0 … length−1 into contiguous ranges of at least <paramref name="grain"/> (but the last) and runs body(start, end) on them.</summary>
    public static void Ranges(long length, long grain, Action<long, long> body)
    {
        if (length <= 0)
            return;
        long pieces = Math.Min(Count * 4, (length + grain - 1) / grain);
        if (pieces <= 1)
        {
            body(0, length);
            return;
        }
        long step = ((length + pieces - 1) / pieces + grain - 1) / grain * grain;
        For((int)((length + step - 1) / step), i => body(i * step, Math.Min(length, (i + 1) * step)));
    }

    /// <summary>The number of threads that the environment asks for; without one, a thread a processor.</summary>
    /// <exception cref="ArgumentException">It is no number of threads.</exception>
    internal static int OfEnvironment(string? variable)
    {
        if (string.IsNullOrEmpty(variable))
            return Math.Clamp(Environment.ProcessorCount, 1, Most);
        return int.TryParse(variable, NumberStyles.None, CultureInfo.InvariantCulture, out int count) && count is >= 1 and <= Most
            ? count
            : throw new ArgumentException($"{Variable}={variable}: expected a number from 1 to {Most}");
    }

    private static void Work(Region region, Action<int, long, long>? observer)
    {
        _insideRegion = true;
        region.Work(observer);
        _insideRegion = false;
    }

    private static void StartWorkers()
    {
        for (; _started < Count; _started++)
        {
            int index = _started;
            new Thread(() => Loop(index)) { IsBackground = true, Name = $"ssp-kernel-{index}" }.Start();
        }
    }

    private static void WakeWorkers()
    {
        lock (_bed)
            Monitor.PulseAll(_bed);
    }

    private static void Loop(int index)
    {
        int seen = 0;
        while (true)
        {
            if (index >= Count)
                SitOut(index);
            if (!AwakeWait.For(new NextRegion(seen), AwakeSeconds, IsShared))
                Sleep(index, seen);
            seen = Volatile.Read(ref _epoch);
            if (index < Count && _region is { } region)
            {
                if (Placement.Part(index))
                    AwakeWait.ForgetCrowd();
                Work(region, Observer);
            }
        }
    }

    private static void Sleep(int index, int seen)
    {
        Placement.PrepareSleep(index);
        Interlocked.Increment(ref _sleeping);
        lock (_bed)
        {
            while (Volatile.Read(ref _epoch) == seen)
                Monitor.Wait(_bed);
        }
        Interlocked.Decrement(ref _sleeping);
        Placement.EndSleep();
    }

    // While there are fewer threads than once were started.
    private static void SitOut(int index)
    {
        Placement.Forget(index);
        lock (_bench)
        {
            while (index >= Count)
                Monitor.Wait(_bench);
        }
    }

    private readonly struct NextRegion(int seen) : IAwaited
    {
        public bool HasHappened => Volatile.Read(ref _epoch) != seen;
    }
}
