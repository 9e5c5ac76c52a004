namespace SspNative.Model.Data;

/// <summary>
/// Prepares the clips of a training or validation ahead of time on other threads, so that steps do not wait for files. What it hands out depends on the
/// asked-for place alone, never on timing.
/// </summary>
/// <param name="prepare">Makes the clip of a place, counted from 0; is called from several threads.</param>
/// <param name="length">Places there are, over all epochs.</param>
/// <param name="next">The place that is asked for after a place; null: the one that follows.</param>
internal sealed class ClipPrefetcher<T>(Func<long, T> prepare, long length, Func<long, long>? next = null) : IDisposable
{
    /// <summary>Clips in preparation beyond the one asked for.</summary>
    private const int Ahead = 4;

    private readonly Dictionary<long, Task<T>> _tasks = [];

    /// <summary>The clip of a place; an error in its preparation surfaces here.</summary>
    public T Take(long place)
    {
        long i = place;
        for (int further = 0; further <= Ahead && i < length; further++, i = next?.Invoke(i) ?? i + 1)
            if (!_tasks.ContainsKey(i))
            {
                long later = i;
                _tasks.Add(i, Task.Run(() => prepare(later)));
            }
        _tasks.Remove(place, out Task<T>? task);
        return task!.GetAwaiter().GetResult();
    }

    /// <summary>Waits for what is in preparation. Nobody asked for those clips, so an error in one is nobody's either.</summary>
    public void Dispose()
    {
        Task.WhenAll(_tasks.Values).ContinueWith(static t => _ = t.Exception, TaskScheduler.Default).Wait();
        _tasks.Clear();
    }
}
