using System.Collections.Concurrent;
using System.Runtime.ExceptionServices;
using System.Runtime.InteropServices;
using SspNative.Engine;
using SspNative.Engine.Distributed;

namespace SspNative.Tests.Distributed;

/// <summary>Ranks that are threads of this process. Messages are delivered when they are waited for.</summary>
internal sealed class ThreadRanks : ICollective
{
    private readonly Shared _shared;
    private int _gathers;

    private ThreadRanks(Shared shared, int rank) => (_shared, Rank) = (shared, rank);

    public int Rank { get; }

    public int Count => _shared.Count;

    public Traffic Sent { get; private set; }

    /// <summary>Runs something as several ranks, and returns what each returned.</summary>
    public static T[] Run<T>(int count, Func<ICollective, T> work)
    {
        var shared = new Shared(count);
        var results = new T[count];
        Exception? failure = null;
        Thread[] threads =
        [
            .. Enumerable.Range(0, count).Select(rank => new Thread(() =>
            {
                try
                {
                    results[rank] = work(new ThreadRanks(shared, rank));
                }
                catch (Exception e)
                {
                    Interlocked.CompareExchange(ref failure, e, null);
                    shared.End.Cancel();
                }
            })),
        ];
        foreach (Thread thread in threads)
            thread.Start();
        foreach (Thread thread in threads)
            thread.Join();
        if (failure is not null)
            ExceptionDispatchInfo.Throw(failure);
        return results;
    }

    public byte[][] AllGather(ReadOnlySpan<byte> own)
    {
        Sent += new Traffic(Count - 1, (Count - 1) * own.Length);
        int gather = _gathers++;
        for (int rank = 0; rank < Count; rank++)
            _shared.Queue(Rank, rank, -1 - gather).Add(own.ToArray());
        return [.. Enumerable.Range(0, Count).Select(rank => _shared.Queue(rank, Rank, -1 - gather).Take(_shared.End.Token)!)];
    }

    public byte[][] Gather(byte[] own)
    {
        byte[][] all = AllGather(own);
        return Rank == 0 ? all : [];
    }

    public ITransfer Send(Tensor? tensor, int to, int tag)
    {
        Sent += new Traffic(1, tensor is null ? 0 : tensor.Count * sizeof(float));
        _shared.Queue(Rank, to, tag).Add(tensor is null ? null : MemoryMarshal.AsBytes<float>(tensor.ToArray()).ToArray());
        return new Transfer(() => tensor is not null);
    }

    public ITransfer Receive(Tensor tensor, int from, int tag) => new Transfer(() =>
    {
        if (_shared.Queue(from, Rank, tag).Take(_shared.End.Token) is not { } content)
            return false;
        tensor.CopyFrom(MemoryMarshal.Cast<byte, float>(content));
        return true;
    });

    public void Poll()
    {
    }

    private sealed class Transfer(Func<bool> wait) : ITransfer
    {
        public bool Wait() => wait();
    }

    private sealed class Shared(int count)
    {
        private readonly ConcurrentDictionary<(int, int, int), BlockingCollection<byte[]?>> _queues = new();

        public int Count => count;

        public CancellationTokenSource End { get; } = new();

        public BlockingCollection<byte[]?> Queue(int from, int to, int tag) => _queues.GetOrAdd((from, to, tag), _ => []);
    }
}
