using System.Diagnostics;
using SspNative.Engine.Distributed;

namespace SspNative.Tests.Distributed.Ranks;

/// <summary>What a rank sees and its watcher is told.</summary>
internal sealed class Log(string path) : IRankWatcher, IDisposable
{
    private readonly StreamWriter _writer = new(path) { AutoFlush = true };
    private readonly List<string> _told = [];
    private readonly Stopwatch _clock = Stopwatch.StartNew();

    /// <summary>How often the watcher's clock ticked.</summary>
    public int Ticks { get; private set; }

    public void Add(string line)
    {
        lock (_writer)
            _writer.WriteLine(line);
    }

    /// <summary>What the watcher was told and is asked for once: waits until it is as much, at most some seconds.</summary>
    public string[] Told(int count, double seconds = 5)
    {
        for (long until = _clock.ElapsedMilliseconds + (long)(1000 * seconds); _clock.ElapsedMilliseconds < until; Thread.Sleep(5))
            lock (_told)
                if (_told.Count >= count)
                    break;
        lock (_told)
        {
            string[] told = [.. _told];
            _told.Clear();
            return told;
        }
    }

    public void Line(int rank, string line) => Tell($"line of {rank}: {line}");

    public void Failed(int rank, int code) => Tell($"{rank} failed: {code}");

    public void Lost(int rank, TimeSpan silence) => Tell($"{rank} lost for {silence.TotalSeconds:0} s");

    public void Idle(TimeSpan time) => Tell($"idle for {time.TotalSeconds:0} s");

    public void Broken(string why) => Tell($"broken: {why}");

    public void End(int code) => Tell($"end: {code}");

    public void Tick() => Ticks++;

    public void Dispose() => _writer.Dispose();

    private void Tell(string line)
    {
        lock (_told)
            _told.Add(line);
    }
}
