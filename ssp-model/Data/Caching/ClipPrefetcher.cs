using System.Diagnostics;
using System.Diagnostics.CodeAnalysis;
using System.Runtime.ExceptionServices;

namespace SspNative.Model.Data.Caching;

/// <summary>
/// Reads clips ahead of the loop that consumes them, on threads of its own, and hands them out in the given order. At most
/// <c>ahead</c> clips are read or being read but not yet taken, which bounds memory.
/// </summary>
public sealed class ClipPrefetcher : IDisposable
{
    private readonly IClipDataset _dataset;
    private readonly IEnumerator<int> _order;
    private readonly int _ahead;
    private readonly Thread[] _threads;

    // Guards the fields below and the enumerator; pulsed at every change.
    private readonly object _gate = new();
    private readonly Queue<Slot> _slots = new();
    private bool _ordered;
    private bool _disposed;

    /// <param name="order">Indices into the data set, in any order; taken as needed, so it may be endless.</param>
    /// <param name="ahead">Clips held ready.</param>
    /// <param name="threads">Threads that read.</param>
    public ClipPrefetcher(IClipDataset dataset, IEnumerable<int> order, int ahead = 4, int threads = 1)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(ahead);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(threads);
        _dataset = dataset;
        _order = order.GetEnumerator();
        _ahead = ahead;
        _threads =
        [
            .. Enumerable.Range(0, threads)
                .Select(i => new Thread(Work) { IsBackground = true, Name = $"ssp-prefetch-{i}" }),
        ];
        foreach (Thread thread in _threads)
            thread.Start();
    }

    /// <summary>How long <see cref="TryNext"/> has waited for clips so far: near 0 when reading keeps up.</summary>
    public TimeSpan Waited { get; private set; }

    /// <summary>Takes the next clip; false at the end of the order.</summary>
    /// <exception cref="InputException">The clip could not be read; it is named. The next call goes on after it.</exception>
    /// <exception cref="ObjectDisposedException">The prefetcher is disposed of.</exception>
    public bool TryNext([NotNullWhen(true)] out TrainingClip? clip)
    {
        long start = Stopwatch.GetTimestamp();
        Slot slot;
        lock (_gate)
        {
            while (!_disposed && (_slots.Count == 0 ? !_ordered : !_slots.Peek().IsDone))
                Monitor.Wait(_gate);
            ObjectDisposedException.ThrowIf(_disposed, this);
            Waited += Stopwatch.GetElapsedTime(start);
            if (!_slots.TryDequeue(out slot!))
            {
                clip = null;
                return false;
            }
            Monitor.PulseAll(_gate);
        }
        slot.Failure?.Throw();
        clip = slot.Clip!;
        return true;
    }

    /// <summary>Starts no more reading, waits for the clips that are being read, and frees the rest.</summary>
    public void Dispose()
    {
        lock (_gate)
        {
            _disposed = true;
            Monitor.PulseAll(_gate);
        }
        foreach (Thread thread in _threads)
            thread.Join();
        _slots.Clear();
        _order.Dispose();
    }

    private void Work()
    {
        while (TakeTurn(out Slot? slot, out int index))
        {
            Load(slot, index);
            lock (_gate)
            {
                slot.IsDone = true;
                Monitor.PulseAll(_gate);
            }
        }
    }

    /// <summary>Waits for room and takes the next index; false when there is no more to do.</summary>
    private bool TakeTurn([NotNullWhen(true)] out Slot? slot, out int index)
    {
        (slot, index) = (null, 0);
        lock (_gate)
        {
            while (!_disposed && !_ordered && _slots.Count >= _ahead)
                Monitor.Wait(_gate);
            if (_disposed || _ordered)
                return false;
            try
            {
                if (_order.MoveNext())
                {
                    index = _order.Current;
                    _slots.Enqueue(slot = new Slot());
                    return true;
                }
            }
            catch (Exception e)
            {
                // The order is the caller's code: its error, too, belongs to whoever consumes.
                _slots.Enqueue(new Slot { IsDone = true, Failure = ExceptionDispatchInfo.Capture(e) });
            }
            _ordered = true;
            Monitor.PulseAll(_gate);
            return false;
        }
    }

    private void Load(Slot slot, int index)
    {
        string clip = $"clip number {index} of {_dataset.Count}";
        try
        {
            clip = $"clip {_dataset.Id(index)}";
            slot.Clip = _dataset.Load(index);
        }
        catch (InputException e)
        {
            slot.Failure = ExceptionDispatchInfo.Capture(new InputException($"{clip}: {e.Message}", e));
        }
        catch (Exception e)
        {
            slot.Failure = ExceptionDispatchInfo.Capture(new InvalidOperationException($"{clip}: {e.Message}", e));
        }
    }

    /// <summary>A clip's place in the order, filled by the thread that reads it.</summary>
    private sealed class Slot
    {
        public TrainingClip? Clip { get; set; }

        public ExceptionDispatchInfo? Failure { get; set; }

        public bool IsDone { get; set; }
    }
}
