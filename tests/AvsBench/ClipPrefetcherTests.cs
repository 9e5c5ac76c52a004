using System.Diagnostics;
using SspNative.Model.Alignment;
using SspNative.Model.Data;
using SspNative.Model.Data.Caching;
using Xunit;

namespace SspNative.Tests.AvsBench;

public sealed class ClipPrefetcherTests
{
    [Theory]
    [InlineData(1, 1)]
    [InlineData(3, 1)]
    [InlineData(4, 3)]
    public void ClipsComeInTheGivenOrder(int ahead, int threads)
    {
        int[] order = [3, 1, 1, 4, 0, 2, 3, 3, 0];
        // Later clips are quicker, so that threads overtake each other.
        var data = new Clips(5, i => Thread.Sleep(5 - i));
        using var prefetcher = new ClipPrefetcher(data, order, ahead, threads);
        Assert.Equal(order.Select(i => $"clip-{i}"), Take(prefetcher, int.MaxValue));
        Assert.False(prefetcher.TryNext(out _));
    }

    [Fact]
    public void NoMoreThanTheGivenNumberIsHeld()
    {
        var data = new Clips(1000, _ => { });
        using var prefetcher = new ClipPrefetcher(data, Endless(), ahead: 3, threads: 2);
        for (int taken = 0; taken < 5; taken++)
        {
            SpinWait.SpinUntil(() => data.Loads >= taken + 3, 5000);
            Thread.Sleep(20);
            Assert.Equal(taken + 3, data.Loads);
            Assert.Equal([$"clip-{taken}"], Take(prefetcher, 1));
        }

        static IEnumerable<int> Endless()
        {
            for (int i = 0; ; i++)
                yield return i % 1000;
        }
    }

    [Fact]
    public void ClipsAreReadOutsideTheConsumersThread()
    {
        var threads = new HashSet<string?>();
        var data = new Clips(4, _ =>
        {
            lock (threads)
                threads.Add(Thread.CurrentThread.Name);
        });
        using var prefetcher = new ClipPrefetcher(data, [0, 1, 2, 3]);
        Take(prefetcher, int.MaxValue);
        Assert.Equal(["ssp-prefetch-0"], threads);
    }

    [Fact]
    public void AnErrorComesAtItsClipsTurn()
    {
        var data = new Clips(3, i =>
        {
            if (i == 1)
                throw new InputException("1.png: no such file");
            if (i == 2)
                throw new ArithmeticException("overflow");
        });
        using var prefetcher = new ClipPrefetcher(data, [0, 1, 0, 2, 7, 0]);
        Assert.Equal(["clip-0"], Take(prefetcher, 1));
        Assert.Equal("clip clip-1: 1.png: no such file", Assert.Throws<InputException>(() => prefetcher.TryNext(out _)).Message);
        Assert.Equal(["clip-0"], Take(prefetcher, 1));
        Assert.Equal("clip clip-2: overflow", Assert.Throws<InvalidOperationException>(() => prefetcher.TryNext(out _)).Message);
        Assert.Contains("clip number 7 of 3", Assert.Throws<InvalidOperationException>(() => prefetcher.TryNext(out _)).Message);
        Assert.Equal(["clip-0"], Take(prefetcher, int.MaxValue));
    }

    [Fact]
    public void AnErrorOfTheOrderReachesTheConsumer()
    {
        using var prefetcher = new ClipPrefetcher(new Clips(3, _ => { }), Broken(), threads: 2);
        Assert.Equal(["clip-2"], Take(prefetcher, 1));
        Assert.Throws<ArithmeticException>(() => prefetcher.TryNext(out _));
        Assert.False(prefetcher.TryNext(out _));

        static IEnumerable<int> Broken()
        {
            yield return 2;
            throw new ArithmeticException();
        }
    }

    [Fact]
    public void DisposalStartsNothingMore()
    {
        using var begun = new ManualResetEventSlim();
        var data = new Clips(100, _ =>
        {
            begun.Set();
            Thread.Sleep(100);
        });
        var prefetcher = new ClipPrefetcher(data, Enumerable.Range(0, 100), ahead: 50, threads: 1);
        begun.Wait();
        long start = Stopwatch.GetTimestamp();
        prefetcher.Dispose();
        Assert.InRange(Stopwatch.GetElapsedTime(start).TotalSeconds, 0, 3);
        int loads = data.Loads;
        Assert.InRange(loads, 1, 3);
        Thread.Sleep(150);
        Assert.Equal(loads, data.Loads);
        Assert.Throws<ObjectDisposedException>(() => prefetcher.TryNext(out _));
        prefetcher.Dispose();
    }

    [Fact]
    public void AConsumerThatWaitsIsFreedByDisposal()
    {
        using var release = new ManualResetEventSlim();
        var prefetcher = new ClipPrefetcher(new Clips(1, _ => release.Wait()), [0]);
        Exception? seen = null;
        var consumer = new Thread(() => seen = Record.Exception(() => prefetcher.TryNext(out _)));
        consumer.Start();
        var disposal = new Thread(prefetcher.Dispose);
        disposal.Start();
        consumer.Join();
        release.Set();
        disposal.Join();
        Assert.IsType<ObjectDisposedException>(seen);
    }

    private static List<string> Take(ClipPrefetcher prefetcher, int count)
    {
        var ids = new List<string>();
        while (ids.Count < count && prefetcher.TryNext(out TrainingClip? clip))
            ids.Add(clip.Id);
        return ids;
    }

    /// <summary>Clips without content; something happens when one is read.</summary>
    private sealed class Clips(int count, Action<int> onLoad) : IClipDataset
    {
        private int _loads;

        public int Loads => Volatile.Read(ref _loads);

        public int Count => count;

        public string Id(int index) => index < count ? $"clip-{index}" : throw new ArgumentOutOfRangeException(nameof(index));

        public TrainingClip Load(int index)
        {
            Interlocked.Increment(ref _loads);
            onLoad(index);
            return new TrainingClip(Id(index), [], [], [], null, Prompts.Empty);
        }
    }
}
