using SspNative.Cli.Terminal;
using SspNative.Engine;
using SspNative.Model;
using SspNative.Model.Pipeline;
using SspNative.Model.Results;

namespace SspNative.Cli.Serving;

/// <summary>How far a posted clip is.</summary>
internal enum ClipState
{
    Queued,
    Running,
    Done,
    Failed,
}

/// <summary>A clip that was posted, its progress and its result.</summary>
/// <param name="id">Its name in addresses: 32 random hexadecimal digits.</param>
/// <param name="folder">Where its files lie.</param>
/// <param name="name">Of the posted file, for people.</param>
internal sealed class ServedClip(string id, string folder, string name)
{
    private const string UploadFolder = "upload", ResultFolder = "result";

    private readonly Lock _lock = new();
    private Dictionary<string, string> _files = [];
    private ClipState _state;
    private string _stage = "";
    private double _share;
    private string? _error;

    public string Id => id;

    public string Name => name;

    public string Folder => folder;

    /// <summary>The posted file.</summary>
    public string Upload => Path.Combine(folder, UploadFolder, name);

    /// <summary>State, stage, the stage's share that is done, and what went wrong.</summary>
    public (ClipState State, string Stage, double Share, string? Error) Progress
    {
        get
        {
            lock (_lock)
                return (_state, _stage, _share, _error);
        }
    }

    /// <summary>The path of a file of the result; null where there is none of that name. Names are looked up, never joined to a path.</summary>
    public string? FileOf(string file)
    {
        lock (_lock)
            return _files.GetValueOrDefault(file);
    }

    /// <summary>Segments the clip. What was posted is deleted before it is known to have ended: from then on its folder may go at any moment.</summary>
    /// <param name="model">What segments.</param>
    /// <param name="settings">How.</param>
    /// <param name="seconds">The longest that it may take.</param>
    /// <param name="stop">Cancelled when the server ends.</param>
    /// <exception cref="OperationCanceledException">The server ends.</exception>
    public void Run(SspModel model, SegmentationSettings settings, double seconds, CancellationToken stop)
    {
        using var late = new CancellationTokenSource(TimeSpan.FromSeconds(seconds));
        Set(ClipState.Running, "begin", 0, null);
        try
        {
            string result = Path.Combine(folder, ResultFolder);
            using (var writer = new ResultWriter(result))
                writer.Write(model.Begin(Upload, settings, (stage, done, total) =>
                {
                    stop.ThrowIfCancellationRequested();
                    if (late.IsCancellationRequested)
                        throw new InputException($"the clip takes longer than {seconds:0} s, the limit of this server");
                    Set(ClipState.Running, stage, total == 0 ? 1 : (double)done / total, null);
                }));
            File.Delete(Upload);
            Finish(Directory.EnumerateFiles(result, "*", SearchOption.AllDirectories)
                .ToDictionary(f => Path.GetRelativePath(result, f).Replace('\\', '/'), f => f, StringComparer.Ordinal));
        }
        catch (Exception e) when (Failures.IsOfClip(e))
        {
            File.Delete(Upload);
            // Folders of this machine are nobody's business.
            string message = e.Message.Replace(Path.GetDirectoryName(Upload) + Path.DirectorySeparatorChar, "", StringComparison.Ordinal);
            Set(ClipState.Failed, "", 0, PlainText.OneLine(message.Replace(folder + Path.DirectorySeparatorChar, "", StringComparison.Ordinal)));
        }
    }

    private void Finish(Dictionary<string, string> files)
    {
        lock (_lock)
            _files = files;
        Set(ClipState.Done, "", 1, null);
    }

    private void Set(ClipState state, string stage, double share, string? error)
    {
        lock (_lock)
            (_state, _stage, _share, _error) = (state, stage, share, error);
    }
}
