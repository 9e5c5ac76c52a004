using System.Collections.Concurrent;

namespace SspNative.Cli.Terminal;

/// <summary>
/// Writes on a thread of its own, so that nobody who has something to say waits for a terminal that is held (Ctrl-S) or a pipe that is not read.
/// </summary>
internal sealed class PatientWriter
{
    private static readonly TimeSpan _most = TimeSpan.FromSeconds(1);

    private readonly BlockingCollection<Action<TextWriter>> _waiting = [];
    private int _open;

    /// <param name="target">What is written to.</param>
    public PatientWriter(TextWriter target)
    {
        var thread = new Thread(() =>
        {
            foreach (Action<TextWriter> write in _waiting.GetConsumingEnumerable())
            {
                try
                {
                    write(target);
                }
                catch (IOException)
                {
                    // Nobody can be told that nothing can be told.
                }
                finally
                {
                    Interlocked.Decrement(ref _open);
                }
            }
        })
        {
            IsBackground = true,
            Name = "terminal",
        };
        thread.Start();
    }

    /// <summary>Writes soon, in order.</summary>
    public void Write(Action<TextWriter> write)
    {
        Interlocked.Increment(ref _open);
        _waiting.Add(write);
    }

    /// <summary>Waits until all is written, or a second.</summary>
    public void Flush() => SpinWait.SpinUntil(() => Volatile.Read(ref _open) == 0, _most);
}
