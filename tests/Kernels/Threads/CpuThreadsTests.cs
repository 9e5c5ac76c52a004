using System.Diagnostics;
using System.Runtime.InteropServices;
using SspNative.Engine;
using SspNative.Kernels.Cpu;
using SspNative.Lab.References;
using SspNative.Lab.Verification;
using SspNative.Tests.Support;
using Xunit;

namespace SspNative.Tests.Kernels.Threads;

/// <summary>The thread pool of the kernels. These tests change its size, which is one for the process.</summary>
public sealed class CpuThreadsTests : DeviceTest
{
    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(3)]
    [InlineData(1000)]
    public void EveryItemRunsOnce(int count)
    {
        var runs = new int[count];
        for (int round = 1; round <= 200; round++)
        {
            CpuThreads.For(count, i => Interlocked.Increment(ref runs[i]));
            Assert.All(runs, r => Assert.Equal(round, r));
        }
    }

    [Fact]
    public void AWorkerThatIsHeldUpNeverRunsTheNextRegionWithTheLastOnesBody()
    {
        // Another thread takes turns with the workers on their processors, so that one of them is held up anywhere.
        bool done = false;
        var busy = new Thread(() =>
        {
            while (!Volatile.Read(ref done))
                Thread.Yield();
        });
        busy.Start();
        // Two bodies in turn, at once one after the other: a body on an item of the other's region makes their counts differ.
        const int Items = 3, Turns = 10_000;
        int ones = 0, others = 0, wrong = 0;
        Action<int> one = _ => Interlocked.Increment(ref ones), other = _ => Interlocked.Increment(ref others);
        var clock = Stopwatch.StartNew();
        while (clock.ElapsedMilliseconds < 2000)
        {
            (ones, others) = (0, 0);
            RunInTurns(one, other, Items, Turns);
            wrong += Math.Abs(ones - Items * Turns) + Math.Abs(others - Items * Turns);
        }
        Volatile.Write(ref done, true);
        busy.Join();
        Assert.Equal(0, wrong);
    }

    private static void RunInTurns(Action<int> one, Action<int> other, int items, int turns)
    {
        for (int i = 0; i < turns; i++)
        {
            CpuThreads.For(items, one);
            CpuThreads.For(items, other);
        }
    }

    [Theory]
    [InlineData(0, 16)]
    [InlineData(1, 16)]
    [InlineData(16, 16)]
    [InlineData(17, 16)]
    [InlineData(100_003, 64)]
    public void RangesCoverEverythingAndSplitAtTheGrain(long length, long grain)
    {
        var covered = new int[length];
        CpuThreads.Ranges(length, grain, (start, end) =>
        {
            Assert.Equal(0, start % grain);
            Assert.True(end == length || end % grain == 0);
            for (long i = start; i < end; i++)
                Interlocked.Increment(ref covered[i]);
        });
        Assert.All(covered, c => Assert.Equal(1, c));
    }

    [Fact]
    public void AnExceptionReachesTheCallerAndThePoolGoesOn()
    {
        for (int round = 0; round < 50; round++)
        {
            var thrown = Assert.Throws<InvalidOperationException>(() => CpuThreads.For(64, i =>
            {
                if (i == 33)
                    throw new InvalidOperationException("item 33");
            }));
            Assert.Equal("item 33", thrown.Message);
            int sum = 0;
            CpuThreads.For(64, i => Interlocked.Add(ref sum, i));
            Assert.Equal(64 * 63 / 2, sum);
        }
    }

    [Fact]
    public void ARegionInsideARegionRunsOnItsThread()
    {
        var runs = new int[8 * 9];
        CpuThreads.For(8, outer =>
        {
            int thread = Environment.CurrentManagedThreadId;
            CpuThreads.For(9, inner =>
            {
                Assert.Equal(thread, Environment.CurrentManagedThreadId);
                Interlocked.Increment(ref runs[outer * 9 + inner]);
            });
        });
        Assert.All(runs, r => Assert.Equal(1, r));
    }

    [Fact]
    public void CallersOnSeveralThreadsTakeTurns()
    {
        var sums = new int[4];
        Thread[] callers =
        [
            .. Enumerable.Range(0, sums.Length).Select(c => new Thread(() =>
            {
                for (int round = 0; round < 100; round++)
                    CpuThreads.For(16, i => Interlocked.Add(ref sums[c], i));
            })),
        ];
        foreach (Thread caller in callers)
            caller.Start();
        foreach (Thread caller in callers)
            caller.Join();
        Assert.All(sums, s => Assert.Equal(100 * 120, s));
    }

    [Fact]
    public void AsManyThreadsAsAreAskedForTakePart()
    {
        int threads = CpuThreads.Count;
        try
        {
            // Each item waits for the others, so that no thread can do two of them.
            CpuThreads.Count = Environment.ProcessorCount + 3;
            using var barrier = new Barrier(CpuThreads.Count);
            int met = 0;
            CpuThreads.For(CpuThreads.Count, _ =>
            {
                if (barrier.SignalAndWait(TimeSpan.FromSeconds(20)))
                    Interlocked.Increment(ref met);
            });
            Assert.Equal(CpuThreads.Count, met);

            CpuThreads.Count = 2;
            var seen = new System.Collections.Concurrent.ConcurrentDictionary<int, bool>();
            for (int round = 0; round < 200; round++)
                CpuThreads.For(16, _ => seen[Environment.CurrentManagedThreadId] = true);
            Assert.InRange(seen.Count, 1, 2);
        }
        finally
        {
            CpuThreads.Count = threads;
        }
    }

    [Fact]
    public void APoolThatHasSleptTakesTheNextRegion()
    {
        for (int round = 0; round < 5; round++)
        {
            Thread.Sleep(20);
            int sum = 0;
            CpuThreads.For(64, i => Interlocked.Add(ref sum, i));
            Assert.Equal(64 * 63 / 2, sum);
        }
    }

    [Fact]
    public void AWorkerThatWokeBesideTheCallerMayUseEveryProcessor()
    {
        if (!OperatingSystem.IsLinux())
            return;
        int threads = CpuThreads.Count;
        try
        {
            CpuThreads.Count = 2;
            string allowed = AllowedProcessors();
            for (int round = 0; round < 20; round++)
            {
                // Longer than workers stay awake.
                Thread.Sleep(10);
                var seen = new string[2];
                using var barrier = new Barrier(2);
                CpuThreads.For(2, i =>
                {
                    barrier.SignalAndWait();
                    seen[i] = AllowedProcessors();
                });
                Assert.All(seen, s => Assert.Equal(allowed, s));
            }
        }
        finally
        {
            CpuThreads.Count = threads;
        }
    }

    private static string AllowedProcessors() => File.ReadLines("/proc/thread-self/status").First(l => l.StartsWith("Cpus_allowed:", StringComparison.Ordinal));

    [Fact]
    public void AnOwnerThatFellAsleepOverALongItemIsWoken()
    {
        int threads = CpuThreads.Count;
        try
        {
            CpuThreads.Count = 2;
            int owner = Environment.CurrentManagedThreadId, done = 0;
            using var barrier = new Barrier(2);
            CpuThreads.For(2, _ =>
            {
                barrier.SignalAndWait();
                if (Environment.CurrentManagedThreadId != owner)
                    Thread.Sleep(50);
                Interlocked.Increment(ref done);
            });
            Assert.Equal(2, done);
        }
        finally
        {
            CpuThreads.Count = threads;
        }
    }

    [Fact]
    public void WaitingAwakeEnds()
    {
        var clock = Stopwatch.StartNew();
        Assert.False(AwakeWait.For(new Never(), seconds: 1e-3, shared: false));
        Assert.False(AwakeWait.For(new Never(), seconds: 1e-3, shared: true));
        Assert.InRange(clock.Elapsed.TotalSeconds, 0, 5);
        Assert.True(AwakeWait.For(new Always(), seconds: 0, shared: false));
    }

    private readonly struct Never : IAwaited
    {
        public bool HasHappened => false;
    }

    private readonly struct Always : IAwaited
    {
        public bool HasHappened => true;
    }

    [Theory]
    [InlineData("1", 1)]
    [InlineData("7", 7)]
    [InlineData("1024", 1024)]
    public void TheEnvironmentSaysHowManyThreads(string variable, int count) => Assert.Equal(count, CpuThreads.OfEnvironment(variable));

    [Theory]
    [InlineData("0")]
    [InlineData("-1")]
    [InlineData("1025")]
    [InlineData("99999999999")]
    [InlineData("two")]
    [InlineData(" 2")]
    public void ANumberOfThreadsThatIsNoneIsRefused(string variable)
    {
        string message = Assert.Throws<ArgumentException>(() => CpuThreads.OfEnvironment(variable)).Message;
        Assert.Contains($"SSP_THREADS={variable}", message);
        Assert.Contains("1 to 1024", message);
    }

    [Fact]
    public void WithoutAWordThereIsAThreadAProcessor()
    {
        Assert.Equal(Environment.ProcessorCount, CpuThreads.OfEnvironment(null));
        Assert.Equal(Environment.ProcessorCount, CpuThreads.OfEnvironment(""));
        Assert.Throws<ArgumentException>(() => CpuThreads.Count = 0);
    }

    [Theory]
    [InlineData("ssp/ssp-avs-tiny@train.safetensors")]
    [InlineData("models/perceiver-flow-tiny.safetensors")]
    [InlineData("models/bert-tiny.safetensors")]
    public void AModelGivesTheSameBitsOnAnyNumberOfThreads(string name)
    {
        int threads = CpuThreads.Count;
        try
        {
            CpuThreads.Count = 1;
            (byte[] outputs, double?[] errors) = RunCase(name);
            Assert.NotEmpty(outputs);
            foreach (int count in new[] { 2, 3, 7, threads })
            {
                CpuThreads.Count = count;
                (byte[] otherOutputs, double?[] otherErrors) = RunCase(name);
                Assert.True(outputs.AsSpan().SequenceEqual(otherOutputs), $"{count} threads change an output");
                Assert.Equal(errors, otherErrors);
            }
        }
        finally
        {
            CpuThreads.Count = threads;
        }
    }

    /// <summary>
    /// The bits of a case's outputs, and the errors of its outputs and gradients, in which a change of any bit would show.
    /// </summary>
    private (byte[] Outputs, double?[] Errors) RunCase(string name)
    {
        string path = Path.Combine(AppContext.BaseDirectory, "reference", name);
        string module = ModuleOf(path);
        var outputs = new List<byte>();
        ReferenceModule run = ModuleRegistry.Default.Find(module)!;
        CaseResult result = CaseRunner.Run(path, Device, new ModuleRegistry(new Dictionary<string, ReferenceModule>
        {
            [module] = context =>
            {
                IReadOnlyDictionary<string, Tensor> tensors = run(context);
                foreach (string key in tensors.Keys.Order(StringComparer.Ordinal))
                    outputs.AddRange(MemoryMarshal.AsBytes(tensors[key].ToArray().AsSpan()));
                return tensors;
            },
        }));
        Assert.Null(result.Failure);
        return ([.. outputs], [.. result.Judgements.Select(j => j.Error)]);
    }

    private static string ModuleOf(string path)
    {
        using ReferenceCase referenceCase = ReferenceCase.Open(path);
        return referenceCase.Module;
    }
}
