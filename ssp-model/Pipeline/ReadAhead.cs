using System.Collections.Concurrent;

namespace SspNative.Model.Pipeline;

/// <summary>
/// Items that a thread of its own makes while the ones before are worked on: frames are decoded and prepared while the networks run. To be read once.
/// </summary>
internal sealed class ReadAhead<T> : IDisposable
{
    private readonly BlockingCollection<T> _made = [];
    private readonly CancellationTokenSource _stop = new();
    private readonly SemaphoreSlim _room;
    private readonly Task _maker;

    /// <param name="source">Makes them; it is read by one thread, and begun at once.</param>
    /// <param name="ahead">Items that may wait to be taken.</param>
    public ReadAhead(IEnumerable<T> source, int ahead)
    {
        _room = new SemaphoreSlim(ahead);
        _maker = Task.Factory.StartNew(() => Make(source), CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);
    }

    /// <summary>The items in order. What goes wrong in making one is thrown when its turn comes.</summary>
    public IEnumerable<T> Items()
    {
        foreach (T item in _made.GetConsumingEnumerable())
        {
            _room.Release();
            yield return item;
        }
        _maker.GetAwaiter().GetResult();
    }

    /// <summary>Waits for the item that is being made; nobody will take it, so that an error in it is nobody's.</summary>
    public void Dispose()
    {
        _stop.Cancel();
        _maker.ContinueWith(static task => _ = task.Exception, TaskScheduler.Default).Wait();
        _made.Dispose();
        _room.Dispose();
        _stop.Dispose();
    }

    private void Make(IEnumerable<T> source)
    {
        try
        {
            using IEnumerator<T> items = source.GetEnumerator();
            for (_room.Wait(_stop.Token); items.MoveNext(); _room.Wait(_stop.Token))
                _made.Add(items.Current);
        }
        catch (OperationCanceledException) when (_stop.IsCancellationRequested)
        {
            // Whoever read has enough.
        }
        finally
        {
            _made.CompleteAdding();
        }
    }
}
