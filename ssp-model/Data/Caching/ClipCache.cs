using System.Collections.Concurrent;
using System.Text.RegularExpressions;
using SspNative.Engine.Serialization;
using SspNative.Engine.Storage;
using SspNative.Kernels.Cpu;

namespace SspNative.Model.Data.Caching;

/// <summary>
/// A folder of what frozen encoders computed, one safetensors file for each <see cref="CacheKey"/>. Entries appear whole by a
/// rename, so a process may be killed at any moment and several may share the folder; every entry carries a checksum, is
/// checked when it is read, and is computed again when it is damaged. When the folder outgrows its limit the entries that
/// were used longest ago are deleted.
/// </summary>
/// <remarks>
/// Several threads may use a cache. A process sees what others wrote when it counts the folder, every 1/32 of the limit that it
/// writes itself; by so much each of the processes that share a folder may exceed the limit for a while. Files that a cache
/// did not write are neither counted nor deleted.
/// </remarks>
public sealed partial class ClipCache
{
    private const string Extension = ".safetensors";
    private const string ChecksumName = "sha256";

    /// <summary>What remains of a folder that outgrew its limit, as a share of the limit.</summary>
    private const double TrimmedShare = 0.9;

    /// <summary>After how much written the folder is counted again, as a share of the limit.</summary>
    private const double RecountShare = 1.0 / 32;

    /// <summary>
    /// A temporary file that nobody holds and nobody wrote to for so long was left by a process that is gone. Locks alone may not reach another machine.
    /// </summary>
    private static readonly TimeSpan _abandonedAfter = TimeSpan.FromMinutes(1);

    private readonly ConcurrentDictionary<string, Lazy<IReadOnlyDictionary<string, CachedArray>>> _running = new();
    private readonly Lock _sizeLock = new();
    private readonly string _folder;
    private readonly long _limit;
    private long _counted;
    private long _writtenSinceCount;
    private volatile string? _trouble;
    private int _hits;
    private int _computed;
    private int _repaired;

    /// <param name="folder">Made, when there is none, for the first result that is kept.</param>
    /// <param name="limitBytes">What the entries may take together; a single entry that is larger is not kept.</param>
    public ClipCache(string folder, long limitBytes)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(limitBytes);
        _folder = folder;
        _limit = limitBytes;
        if (!Directory.Exists(folder))
            return;
        try
        {
            lock (_sizeLock)
                CountAndTrim();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            _trouble = $"{folder}: results are no longer kept: {e.Message}";
        }
    }

    /// <summary>How many results were read from the folder.</summary>
    public int Hits => _hits;

    /// <summary>How many results were computed, for want of an intact entry.</summary>
    internal int Computed => _computed;

    /// <summary>How many of these took the place of a damaged entry.</summary>
    internal int Repaired => _repaired;

    /// <summary>
    /// Why results are no longer kept, in one line; null while they are. A disk that is full or read-only costs time, never the work.
    /// </summary>
    public string? Trouble => _trouble;

    /// <summary>
    /// The result of that key: read, or computed and stored. Threads that ask for the same key meanwhile wait for the one
    /// that computes and get the same arrays.
    /// </summary>
    public IReadOnlyDictionary<string, CachedArray> GetOrAdd(CacheKey key, Func<IReadOnlyDictionary<string, CachedArray>> compute)
    {
        Lazy<IReadOnlyDictionary<string, CachedArray>> mine = new(() => ReadOrCompute(key, compute));
        Lazy<IReadOnlyDictionary<string, CachedArray>> shared = _running.GetOrAdd(key.Name, mine);
        try
        {
            return shared.Value;
        }
        finally
        {
            _running.TryRemove(KeyValuePair.Create(key.Name, shared));
        }
    }

    /// <summary>The result of that key, or null when there is no intact entry that can be read.</summary>
    public IReadOnlyDictionary<string, CachedArray>? Find(CacheKey key)
    {
        bool damaged = false;
        IReadOnlyDictionary<string, CachedArray>? stored = TryRead(PathOf(key), key, ref damaged);
        if (stored is not null)
            Interlocked.Increment(ref _hits);
        return stored;
    }

    private string PathOf(CacheKey key) => Path.Combine(_folder, key.Name + Extension);

    private IReadOnlyDictionary<string, CachedArray> ReadOrCompute(
        CacheKey key, Func<IReadOnlyDictionary<string, CachedArray>> compute)
    {
        string path = PathOf(key);
        bool damaged = false;
        if (TryRead(path, key, ref damaged) is { } stored)
        {
            Interlocked.Increment(ref _hits);
            return stored;
        }
        IReadOnlyDictionary<string, CachedArray> arrays = compute();
        Interlocked.Increment(ref _computed);
        if (damaged)
            Interlocked.Increment(ref _repaired);
        if (arrays.Values.Sum(a => (long)a.Data.Length * sizeof(float)) <= _limit)
            Store(path, key, arrays);
        return arrays;
    }

    /// <summary>The entry, or null when there is none or what there is cannot be trusted.</summary>
    private Dictionary<string, CachedArray>? TryRead(string path, CacheKey key, ref bool damaged)
    {
        try
        {
            Dictionary<string, CachedArray> arrays;
            using (SafetensorsFile file = SafetensorsFile.Open(path))
            {
                arrays = file.Entries.ToDictionary(e => e.Name, e => new CachedArray(file.ReadFloats(e.Name), e.Shape));
                damaged = file.Metadata.GetValueOrDefault(ChecksumName) != CacheChecksum.Compute(key, arrays);
            }
            if (damaged)
                return null;
            NoteUse(path);
            return arrays;
        }
        catch (InvalidDataException)
        {
            damaged = true;
            return null;
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            // Never stored, or deleted by another process a moment ago.
            return null;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            _trouble ??= $"{_folder}: results are no longer kept: {e.Message}";
            return null;
        }
    }

    // The time of last writing stands for that of last use: many file systems do not keep the latter.
    private static void NoteUse(string path)
    {
        try
        {
            File.SetLastWriteTimeUtc(path, DateTime.UtcNow);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // On a read-only disk nothing is deleted either.
        }
    }

    private void Store(string path, CacheKey key, IReadOnlyDictionary<string, CachedArray> arrays)
    {
        if (_trouble is not null)
            return;
        try
        {
            Keep(path, key, arrays);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            _trouble = $"{_folder}: results are no longer kept: {e.Message}";
        }
    }

    private void Keep(string path, CacheKey key, IReadOnlyDictionary<string, CachedArray> arrays)
    {
        Directory.CreateDirectory(_folder);
        using (new TensorScope())
            SafetensorsWriter.Write(
                path,
                arrays.ToDictionary(a => a.Key, a => Tensor.FromArray(a.Value.Data, a.Value.Shape, CpuDevice.Default)),
                new Dictionary<string, string> { [ChecksumName] = CacheChecksum.Compute(key, arrays) });
        lock (_sizeLock)
        {
            long length = new FileInfo(path) is { Exists: true } file ? file.Length : 0;
            _counted += length;
            _writtenSinceCount += length;
            if (_counted > _limit || _writtenSinceCount > _limit * RecountShare)
                CountAndTrim();
        }
    }

    /// <summary>Counts the entries; deletes abandoned temporary files and, beyond the limit, what was used longest ago.</summary>
    private void CountAndTrim()
    {
        var entries = new List<(FileInfo File, long Length, DateTime LastUse)>();
        DateTime abandoned = DateTime.UtcNow - _abandonedAfter;
        foreach (FileInfo file in new DirectoryInfo(_folder).EnumerateFiles($"*{Extension}*"))
        {
            // Another process may have deleted it since it was listed.
            file.Refresh();
            if (!file.Exists || !OwnName().IsMatch(file.Name))
                continue;
            if (file.Extension == Extension)
                entries.Add((file, file.Length, file.LastWriteTimeUtc));
            else if (file.LastWriteTimeUtc < abandoned)
                AtomicFile.DeleteIfAbandoned(file.FullName);
        }
        _counted = entries.Sum(e => e.Length);
        _writtenSinceCount = 0;
        if (_counted <= _limit)
            return;
        foreach ((FileInfo file, long length, _) in entries.OrderBy(e => e.LastUse))
        {
            if (_counted <= _limit * TrimmedShare)
                break;
            file.Delete();
            _counted -= length;
        }
    }

    /// <summary>An entry's name, or that of a temporary file that was to become one.</summary>
    [GeneratedRegex(@"^[A-Za-z0-9-]+-[0-9a-f]{64}\.safetensors(\..+)?$")]
    private static partial Regex OwnName();
}
