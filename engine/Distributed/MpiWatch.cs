using System.Diagnostics;
using System.Runtime.InteropServices;
using System.Text;

namespace SspNative.Engine.Distributed;

/// <summary>
/// A thread of every rank that says each second that its process lives, hears the same of the others, and carries lines and exit codes. It also lets
/// tensors on their way go on while the rank computes. Rank 0 hears all, the others hear rank 0.
/// </summary>
internal sealed class MpiWatch
{
    /// <summary>After so long without a word a rank counts as lost. Ends are due within ten seconds.</summary>
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(6);

    private const int BeatTag = 1, LineTag = 2, FailTag = 3, EndTag = 4, LeaveTag = 5;

    private static readonly TimeSpan _beat = TimeSpan.FromSeconds(1), _pause = TimeSpan.FromMilliseconds(5);

    private readonly MpiCollective _ranks;
    private readonly IRankWatcher _watcher;
    private readonly Thread _thread;
    private readonly Stopwatch _clock = Stopwatch.StartNew();
    private readonly TimeSpan[] _heard;
    private readonly List<(int Request, GCHandle Pin)> _sending = [];
    private readonly Lock _sendLock = new();
    private readonly ManualResetEventSlim _leave = new();
    private readonly IdleClock _idle = new();
    private readonly TimeSpan _idleLimit;
    private int _communicator;
    private volatile bool _stopped;

    public MpiWatch(MpiCollective ranks, int communicator, IRankWatcher watcher, TimeSpan idleLimit)
    {
        (_ranks, _communicator, _watcher, _idleLimit) = (ranks, communicator, watcher, idleLimit);
        _heard = new TimeSpan[ranks.Count];
        _thread = new Thread(Run) { IsBackground = true, Name = WorkTraces.Watcher };
        _thread.Start();
    }

    public void Tell(string line) => Send(0, LineTag, Encoding.UTF8.GetBytes(line));

    public void GiveUp(int code) => Send(0, FailTag, BitConverter.GetBytes(code));

    public bool Fail(int code)
    {
        GiveUp(code);
        using var waiting = new MpiCollective.Waiting();
        return _leave.Wait(Patience + _beat);
    }

    public void LeaveAll()
    {
        for (int rank = 1; rank < _ranks.Count; rank++)
            Send(rank, LeaveTag, []);
    }

    public void EndAll(int code)
    {
        for (int rank = 1; rank < _ranks.Count; rank++)
            Send(rank, EndTag, BitConverter.GetBytes(code));
        // They need a moment to hear it; whoever does not is beyond hearing.
        Deliver(TimeSpan.FromMilliseconds(300));
    }

    public void Stop()
    {
        _stopped = true;
        _thread.Join();
        // What nobody awaits any more may never be on its way.
        Deliver(Patience);
        while (Receive())
        {
        }
        MpiCollective.Free(ref _communicator);
    }

    private void Run()
    {
        try
        {
            Watch();
        }
        catch (IOException e)
        {
            _watcher.Broken(e.Message);
        }
    }

    private void Watch()
    {
        TimeSpan nextBeat = TimeSpan.Zero, last = _clock.Elapsed;
        while (!_stopped)
        {
            while (Receive())
            {
            }
            Progress();
            TimeSpan now = _clock.Elapsed;
            // A process that was stopped itself has heard nobody, which says nothing of the others.
            if (now - last > _beat)
            {
                Array.Fill(_heard, now);
                _idle.Restart(now);
            }
            last = now;
            if (now >= nextBeat)
            {
                nextBeat = now + _beat;
                foreach (int rank in Watched())
                    Send(rank, BeatTag, []);
                TimeSpan idle = _idle.Observe(now, WorkTraces.Now(), MpiCollective.Waits);
                if (idle > _idleLimit)
                    _watcher.Idle(idle);
            }
            foreach (int rank in Watched())
                if (now - _heard[rank] > Patience)
                    _watcher.Lost(rank, now - _heard[rank]);
            _watcher.Tick();
            Thread.Sleep(_pause);
        }
    }

    private IEnumerable<int> Watched() => _ranks.Rank == 0 ? Enumerable.Range(1, _ranks.Count - 1) : [0];

    // Returns whether there was a message.
    private bool Receive()
    {
        Mpi.Check(Mpi.MPI_Iprobe(Mpi.AnySource, Mpi.AnyTag, _communicator, out int found, out Mpi.Status status), nameof(Mpi.MPI_Iprobe));
        if (found == 0)
            return false;
        Mpi.Check(Mpi.MPI_Get_count(ref status, Mpi.Byte, out int length), nameof(Mpi.MPI_Get_count));
        byte[] content = new byte[length];
        var pin = GCHandle.Alloc(content, GCHandleType.Pinned);
        try
        {
            Mpi.Check(
                Mpi.MPI_Irecv(pin.AddrOfPinnedObject(), length, Mpi.Byte, status.Source, status.Tag, _communicator, out int request), nameof(Mpi.MPI_Irecv));
            for (int done = 0; done == 0;)
                Mpi.Check(Mpi.MPI_Test(ref request, out done, out _), nameof(Mpi.MPI_Test));
        }
        finally
        {
            pin.Free();
        }
        _heard[status.Source] = _clock.Elapsed;
        if (status.Tag == LineTag)
            _watcher.Line(status.Source, Encoding.UTF8.GetString(content));
        else if (status.Tag == FailTag)
            _watcher.Failed(status.Source, BitConverter.ToInt32(content));
        else if (status.Tag == EndTag)
            _watcher.End(BitConverter.ToInt32(content));
        else if (status.Tag == LeaveTag)
            _leave.Set();
        return true;
    }

    private void Send(int to, int tag, byte[] content)
    {
        var pin = GCHandle.Alloc(content, GCHandleType.Pinned);
        lock (_sendLock)
        {
            Mpi.Check(Mpi.MPI_Isend(pin.AddrOfPinnedObject(), content.Length, Mpi.Byte, to, tag, _communicator, out int request), nameof(Mpi.MPI_Isend));
            _sending.Add((request, pin));
        }
    }

    // Waits until all that was sent is on its way, at most so long.
    private void Deliver(TimeSpan most)
    {
        var clock = Stopwatch.StartNew();
        while (!Progress() && clock.Elapsed < most)
            Thread.Sleep(1);
    }

    // Returns whether all that was sent is on its way.
    private bool Progress()
    {
        lock (_sendLock)
        {
            for (int i = _sending.Count - 1; i >= 0; i--)
            {
                (int request, GCHandle pin) = _sending[i];
                Mpi.Check(Mpi.MPI_Test(ref request, out int done, out _), nameof(Mpi.MPI_Test));
                if (done == 0)
                    continue;
                pin.Free();
                _sending.RemoveAt(i);
            }
            return _sending.Count == 0;
        }
    }
}
