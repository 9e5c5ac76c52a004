using System.Diagnostics;
using System.Runtime.Intrinsics.X86;

namespace SspNative.Kernels.Cpu;

/// <summary>
/// The one thread pool of all CPU kernels: as many threads as processors, the caller being one of them. Work is handed
/// over by a counter that idle workers watch, spinning for a moment before they sleep, so a parallel region costs about
/// a microsecond. Regions do not nest: a region inside a region runs on the thread it is in.
/// </summary>
public static class CpuThreads
{
    private const int SpinRounds = 2000;
    private static readonly Lock _regionLock = new();
    private static readonly ManualResetEventSlim _wake = new(false, 0);
    private static volatile Region? _region;
    private static int _epoch;
    private static volatile bool _started;

    [ThreadStatic]
    private static bool _insideRegion;

    /// <summary>Threads that share a region, the caller included. Tests may lower it.</summary>
    public static int Count { get; set; } = Math.Max(1, Environment.ProcessorCount);

    /// <summary>
    /// Told, on a worker thread, what it did for a region: the managed id of the thread that the region belongs to, and begin and end in ticks of
    /// <see cref="Stopwatch"/>. Null, as it mostly is, times nothing.
    /// </summary>
    public static Action<int, long, long>? Observer { get; set; }

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
            EnsureStarted();
            var region = new Region(count, body, Environment.CurrentManagedThreadId);
            _region = region;
            Interlocked.Increment(ref _epoch);
            _wake.Set();
            Work(region, null);
            // Late workers find no item left; those inside an item are waited for.
            var spin = new SpinWait();
            while (Volatile.Read(ref region.Active) != 0)
                spin.SpinOnce(-1);
            _wake.Reset();
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

    private static void Work(Region region, Action<int, long, long>? observer)
    {
        _insideRegion = true;
        Interlocked.Increment(ref region.Active);
        try
        {
            Action<int> body = region.Body;
            int i, done = 0, count = region.Count;
            long start = 0;
            while ((i = Interlocked.Increment(ref region.Next) - 1) < count)
            {
                if (done++ == 0 && observer is not null)
                    start = Stopwatch.GetTimestamp();
                body(i);
            }
            // The owner waits while this thread counts as active, so the region is still that of the items.
            if (done > 0)
                observer?.Invoke(region.Owner, start, Stopwatch.GetTimestamp());
        }
        catch (Exception e)
        {
            region.Failure = e;
            Volatile.Write(ref region.Next, region.Count);
        }
        finally
        {
            Interlocked.Decrement(ref region.Active);
            _insideRegion = false;
        }
    }

    private static void EnsureStarted()
    {
        if (_started)
            return;
        for (int i = 1; i < Environment.ProcessorCount; i++)
            new Thread(Loop) { IsBackground = true, Name = $"ssp-kernel-{i}" }.Start();
        _started = true;
    }

    private static void Loop()
    {
        int seen = Volatile.Read(ref _epoch);
        while (true)
        {
            int spins = 0;
            while (Volatile.Read(ref _epoch) == seen)
            {
                if (++spins < SpinRounds)
                {
                    if (X86Base.IsSupported)
                        X86Base.Pause();
                    else
                        Thread.SpinWait(8);
                }
                else
                {
                    _wake.Wait();
                    if (Volatile.Read(ref _epoch) == seen)
                        Thread.Yield();
                }
            }
            seen = Volatile.Read(ref _epoch);
            if (_region is { } region)
                Work(region, Observer);
        }
    }

    /// <summary>
    /// One call of <see cref="For"/>, an object of its own: a worker that was held up since it looked finds the items of that call taken, and never
    /// another call's under its body.
    /// </summary>
    private sealed class Region(int count, Action<int> body, int owner)
    {
        public int Next;
        public int Active;
        public volatile Exception? Failure;

        public int Count { get; } = count;

        public Action<int> Body { get; } = body;

        public int Owner { get; } = owner;
    }
}
