using System.Diagnostics;

namespace SspNative.Kernels.Cpu;

/// <summary>
/// One call of <see cref="CpuThreads.For"/>, an object of its own: a worker that was held up since it looked finds the items of that call taken, and
/// never another call's under its body.
/// </summary>
/// <param name="count">Items.</param>
/// <param name="body">What is done with each.</param>
/// <param name="owner">Managed id of the thread that waits for them.</param>
internal sealed class Region(int count, Action<int> body, int owner)
{
    // The items of a region are about equally long; who takes so much longer has lost its processor.
    private const double AwakeSeconds = 200e-6;

    private int _next;
    private int _active;
    private volatile bool _ownerSleeps;

    /// <summary>What an item threw.</summary>
    public Exception? Failure { get; private set; }

    /// <summary>Does items as long as there are some.</summary>
    /// <param name="observer">As for <see cref="CpuThreads.Observer"/>.</param>
    public void Work(Action<int, long, long>? observer)
    {
        Interlocked.Increment(ref _active);
        try
        {
            int i, done = 0;
            long start = 0;
            while ((i = Interlocked.Increment(ref _next) - 1) < count)
            {
                if (done++ == 0 && observer is not null)
                    start = Stopwatch.GetTimestamp();
                body(i);
            }
            // The owner waits while this thread counts as active, so the region is still that of the items.
            if (done > 0)
                observer?.Invoke(owner, start, Stopwatch.GetTimestamp());
        }
        catch (Exception e)
        {
            Failure = e;
            Volatile.Write(ref _next, count);
        }
        finally
        {
            if (Interlocked.Decrement(ref _active) == 0 && _ownerSleeps)
                Wake();
        }
    }

    /// <summary>Returns when no thread is inside an item. For the owner, when no item is left to take; late workers find none.</summary>
    /// <param name="shared">As for <see cref="AwakeWait.For"/>.</param>
    public void WaitForWorkers(bool shared)
    {
        if (AwakeWait.For(new Left(this), AwakeSeconds, shared))
            return;
        // Asleep, the owner leaves its processor to a worker that another program's thread has displaced.
        _ownerSleeps = true;
        Interlocked.MemoryBarrier();
        lock (this)
        {
            while (Volatile.Read(ref _active) != 0)
                Monitor.Wait(this);
        }
    }

    private void Wake()
    {
        lock (this)
            Monitor.PulseAll(this);
    }

    private readonly struct Left(Region region) : IAwaited
    {
        public bool HasHappened => Volatile.Read(ref region._active) == 0;
    }
}
