using System.Collections.Concurrent;
using SspNative.Model;
using SspNative.Model.Pipeline;

namespace SspNative.Cli.Serving;

/// <summary>What a server allows.</summary>
/// <param name="MaxBytes">Of a posted clip.</param>
/// <param name="MaxQueued">Clips that wait.</param>
/// <param name="MaxSeconds">That a clip may take.</param>
/// <param name="MaxKept">Clips that are kept, waiting ones among them; the oldest finished goes first.</param>
internal sealed record ServerLimits(long MaxBytes, int MaxQueued, double MaxSeconds, int MaxKept);

/// <summary>Clips that were posted: they are segmented one after the other by a thread of its own, and the results are kept for a while.</summary>
internal sealed class ClipQueue : IDisposable
{
    private readonly SspModel _model;
    private readonly SegmentationSettings _settings;
    private readonly ServerLimits _limits;
    private readonly string _folder;
    private readonly ConcurrentDictionary<string, ServedClip> _clips = new(StringComparer.Ordinal);
    private readonly Queue<ServedClip> _order = new();
    private readonly BlockingCollection<ServedClip> _waiting;
    private readonly CancellationTokenSource _stop = new();
    private readonly Thread _worker;
    private Exception? _defect;

    /// <param name="model">What segments; it stays the caller's.</param>
    /// <param name="settings">How.</param>
    /// <param name="limits">What is allowed.</param>
    public ClipQueue(SspModel model, SegmentationSettings settings, ServerLimits limits)
    {
        (_model, _settings, _limits) = (model, settings, limits);
        _folder = Directory.CreateTempSubdirectory("ssp-serve-").FullName;
        _waiting = new BlockingCollection<ServedClip>(limits.MaxQueued);
        _worker = new Thread(Work) { Name = "ssp serve" };
        _worker.Start();
    }

    /// <summary>A defect that ended the work; null while all is well.</summary>
    public Exception? Defect => Volatile.Read(ref _defect);

    /// <summary>A folder for a clip that is being posted.</summary>
    /// <param name="name">Of the file, safe as a file name.</param>
    public ServedClip NewClip(string name)
    {
        string id = Convert.ToHexStringLower(System.Security.Cryptography.RandomNumberGenerator.GetBytes(16));
        var clip = new ServedClip(id, Path.Combine(_folder, id), name);
        Directory.CreateDirectory(Path.GetDirectoryName(clip.Upload)!);
        return clip;
    }

    /// <summary>Lets a clip wait for its turn; false where the queue is full.</summary>
    public bool TryAdd(ServedClip clip)
    {
        _clips[clip.Id] = clip;
        if (!_waiting.TryAdd(clip))
        {
            _clips.TryRemove(clip.Id, out _);
            return false;
        }
        // Clips are posted by several threads: what one has looked at must be what it deletes.
        lock (_order)
        {
            _order.Enqueue(clip);
            ForgetOldest();
        }
        return true;
    }

    /// <summary>A clip by its name in addresses; null where there is none.</summary>
    public ServedClip? Find(string id) => _clips.GetValueOrDefault(id);

    public void Dispose()
    {
        _stop.Cancel();
        _worker.Join();
        _waiting.Dispose();
        _stop.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    private void ForgetOldest()
    {
        while (_order.Count > _limits.MaxKept && _order.Peek() is { Progress.State: ClipState.Done or ClipState.Failed })
        {
            ServedClip oldest = _order.Dequeue();
            _clips.TryRemove(oldest.Id, out _);
            Directory.Delete(oldest.Folder, recursive: true);
        }
    }

    private void Work()
    {
        try
        {
            foreach (ServedClip clip in _waiting.GetConsumingEnumerable(_stop.Token))
            {
                clip.Run(_model, _settings, _limits.MaxSeconds, _stop.Token);
                // What a clip leaves is old by then, and would wait for many clips: the process held 300 MB where a collection left 110.
                GC.Collect();
            }
        }
        catch (OperationCanceledException) when (_stop.IsCancellationRequested)
        {
            // The server ends.
        }
        catch (Exception e)
        {
            Volatile.Write(ref _defect, e);
        }
    }
}
