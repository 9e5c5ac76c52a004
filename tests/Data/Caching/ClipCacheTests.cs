using SspNative.Kernels;
using SspNative.Model.Data.Caching;
using SspNative.Model.Media;
using SspNative.Tests.Support;
using Xunit;

namespace SspNative.Tests.Data.Caching;

public sealed class ClipCacheTests : IDisposable
{
    private const long Plenty = 1 << 24;

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void AResultIsComputedOnceForAllCaches()
    {
        var cache = new ClipCache(_folder["new"], Plenty);
        Assert.Equal([0f, 1, 2, 3, 4, 5], cache.GetOrAdd(Key(0), () => Arrays(6))["flow"].Data);
        IReadOnlyDictionary<string, CachedArray> again = cache.GetOrAdd(Key(0), () => throw new InvalidOperationException());
        Assert.Equal([0f, 1, 2, 3, 4, 5], again["flow"].Data);
        Assert.Equal(new Shape(2, 3), again["flow"].Shape);
        Assert.Equal(Shape.Scalar, again["scale"].Shape);
        Assert.Equal((1, 1, 0), (cache.Hits, cache.Computed, cache.Repaired));

        var other = new ClipCache(_folder["new"], Plenty);
        Assert.Equal(again["flow"].Data, other.GetOrAdd(Key(0), () => throw new InvalidOperationException())["flow"].Data);
        Assert.Equal(8, other.GetOrAdd(Key(1), () => Arrays(8))["flow"].Data.Length);
    }

    [Fact]
    public void KeysDependOnEveryPart()
    {
        CacheKey[] keys =
        [
            new CacheKeyBuilder("flow").Build(),
            new CacheKeyBuilder("clip").Build(),
            new CacheKeyBuilder("flow").Add("a", "bc").Build(),
            new CacheKeyBuilder("flow").Add("ab", "c").Build(),
            new CacheKeyBuilder("flow").Add("a", "b").Add("c", "").Build(),
            new CacheKeyBuilder("flow").Add("a", new Image(2, 3)).Build(),
            new CacheKeyBuilder("flow").Add("a", new Image(3, 2)).Build(),
            new CacheKeyBuilder("flow").Add("a", [0f, 1f]).Build(),
            new CacheKeyBuilder("flow").Add("a", [0f, 2f]).Build(),
        ];
        Assert.Equal(keys.Length, keys.Distinct().Count());
        Assert.Equal(Key(3), Key(3));
        Assert.StartsWith("flow-", keys[0].ToString());
        Assert.Throws<ArgumentException>(() => new CacheKeyBuilder("../flow"));
    }

    [Fact]
    public void ADamagedEntryIsComputedAgain()
    {
        var cache = new ClipCache(_folder.Path, Plenty);
        cache.GetOrAdd(Key(0), () => Arrays(6));
        string file = Assert.Single(Directory.GetFiles(_folder.Path));
        byte[] intact = File.ReadAllBytes(file);
        var random = new Random(1);
        int repaired = 0;
        for (int trial = 0; trial < 60; trial++)
        {
            byte[] damaged = [.. intact];
            if (trial % 3 == 0)
                damaged = damaged[..random.Next(intact.Length)];
            else if (trial % 3 == 1)
                damaged[random.Next(intact.Length)] ^= (byte)(1 << random.Next(8));
            else
                random.NextBytes(damaged.AsSpan(random.Next(intact.Length)));
            File.WriteAllBytes(file, damaged);
            var fresh = new ClipCache(_folder.Path, Plenty);
            Assert.Equal([0f, 1, 2, 3, 4, 5], fresh.GetOrAdd(Key(0), () => Arrays(6))["flow"].Data);
            repaired += fresh.Repaired;
            fresh.GetOrAdd(Key(0), () => throw new InvalidOperationException());
        }
        // A change of the padding between header and data harms nothing.
        Assert.InRange(repaired, 50, 60);
    }

    [Fact]
    public void AnEntryUnderAnotherNameIsNotTrusted()
    {
        var cache = new ClipCache(_folder.Path, Plenty);
        cache.GetOrAdd(Key(0), () => Arrays(6));
        File.Copy(_folder[$"{Key(0)}.safetensors"], _folder[$"{Key(1)}.safetensors"]);
        Assert.Equal(8, cache.GetOrAdd(Key(1), () => Arrays(8))["flow"].Data.Length);
        Assert.Equal(1, cache.Repaired);
    }

    [Fact]
    public void AKillBeforeTheRenameLeavesNothingThatIsRead()
    {
        var cache = new ClipCache(_folder.Path, Plenty);
        cache.GetOrAdd(Key(0), () => Arrays(6));
        string entry = _folder[$"{Key(0)}.safetensors"], half = $"{entry}.k3jd8s.tmp";
        byte[] bytes = File.ReadAllBytes(entry);
        File.Delete(entry);
        var random = new Random(2);
        for (int trial = 0; trial < 20; trial++)
        {
            File.WriteAllBytes(half, bytes[..random.Next(bytes.Length + 1)]);
            var next = new ClipCache(_folder.Path, Plenty);
            Assert.True(File.Exists(half));
            next.GetOrAdd(Key(0), () => Arrays(6));
            Assert.Equal((1, 0), (next.Computed, next.Repaired));
            File.Delete(entry);
        }
        File.SetLastWriteTimeUtc(half, DateTime.UtcNow.AddHours(-2));
        _ = new ClipCache(_folder.Path, Plenty);
        Assert.Empty(Directory.GetFiles(_folder.Path));
    }

    [Fact]
    public void AFailedComputationLeavesNothing()
    {
        var cache = new ClipCache(_folder.Path, Plenty);
        Assert.Throws<InvalidDataException>(() => cache.GetOrAdd(Key(0), () => throw new InvalidDataException()));
        Assert.Empty(Directory.GetFileSystemEntries(_folder.Path));
        Assert.Equal(6, cache.GetOrAdd(Key(0), () => Arrays(6))["flow"].Data.Length);
    }

    [Fact]
    public void WhatWasUsedLongestAgoGoesFirst()
    {
        File.WriteAllBytes(_folder["model.safetensors"], new byte[100_000]);
        var cache = new ClipCache(_folder.Path, 50_000);
        for (int i = 0; i < 4; i++)
        {
            cache.GetOrAdd(Key(i), () => Arrays(2500));
            File.SetLastWriteTimeUtc(_folder[$"{Key(i)}.safetensors"], DateTime.UtcNow.AddMinutes(i - 10));
        }
        cache.GetOrAdd(Key(0), () => throw new InvalidOperationException());
        cache.GetOrAdd(Key(4), () => Arrays(2500));
        Assert.Equal([true, false, true, true, true], Enumerable.Range(0, 5).Select(IsStored));
        Assert.True(File.Exists(_folder["model.safetensors"]));

        Assert.Equal(20_000, cache.GetOrAdd(Key(5), () => Arrays(20_000))["flow"].Data.Length);
        Assert.Equal(5, Directory.GetFiles(_folder.Path).Length);
        _ = new ClipCache(_folder.Path, 25_000);
        Assert.True(IsStored(0) && IsStored(4));
        Assert.Equal(3, Directory.GetFiles(_folder.Path).Length);

        bool IsStored(int number) => File.Exists(_folder[$"{Key(number)}.safetensors"]);
    }

    [Fact]
    public void ThreadsShareOneComputation()
    {
        var cache = new ClipCache(_folder.Path, Plenty);
        int computed = 0;
        Thread[] threads = [.. Enumerable.Range(0, 8).Select(_ => new Thread(() => cache.GetOrAdd(Key(0), () =>
        {
            Interlocked.Increment(ref computed);
            Thread.Sleep(50);
            return Arrays(6);
        })))];
        Array.ForEach(threads, t => t.Start());
        Array.ForEach(threads, t => t.Join());
        Assert.Equal(1, computed);
    }

    [Fact]
    public void CachesThatShareAFolderDoNotDisturbEachOther()
    {
        // Two caches stand for two processes: they have nothing in common but the folder.
        var failures = new List<Exception>();
        Thread[] threads = [.. Enumerable.Range(0, 2).Select(seed => new Thread(() =>
        {
            try
            {
                var cache = new ClipCache(_folder.Path, 30_000);
                var random = new Random(seed);
                for (int i = 0; i < 150; i++)
                {
                    int number = random.Next(6);
                    CachedArray flow = cache.GetOrAdd(Key(number), () => Arrays(1000 + 2 * number))["flow"];
                    Assert.Equal(1000 + 2 * number, flow.Data.Length);
                    Assert.Equal(999 + 2 * number, flow.Data[^1]);
                }
                Assert.Equal(0, cache.Repaired);
            }
            catch (Exception e)
            {
                lock (failures)
                    failures.Add(e);
            }
        }))];
        Array.ForEach(threads, t => t.Start());
        Array.ForEach(threads, t => t.Join());
        Assert.Empty(failures);
    }

    private static CacheKey Key(int number) => new CacheKeyBuilder("flow").Add("number", $"{number}").Build();

    private static Dictionary<string, CachedArray> Arrays(int count) => new()
    {
        ["flow"] = new CachedArray([.. Enumerable.Range(0, count).Select(i => (float)i)], [2, count / 2]),
        ["scale"] = new CachedArray([20f], []),
    };
}
