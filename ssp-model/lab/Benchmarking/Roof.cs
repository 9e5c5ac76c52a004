using System.Diagnostics;
using SspNative.Kernels.Cpu;

namespace SspNative.Lab.Benchmarking;

/// <summary>What this machine can do at best, measured: the roof over every kernel.</summary>
/// <param name="Isa">The instruction set in use.</param>
/// <param name="Threads">n, the threads of the engine's pool.</param>
/// <param name="FlopsOneThread">Floating-point operations a second of multiply-adds on registers.</param>
/// <param name="Flops">The same on n threads.</param>
/// <param name="MemoryOneThread">Bytes a second of STREAM's triad from memory, the two arrays read and the one written counted once each.</param>
/// <param name="Memory">The same on n threads.</param>
/// <param name="L2Bytes">Size of one core's second-level cache.</param>
/// <param name="L2">Bytes a second of reading half of it on each of n threads.</param>
/// <param name="L3Bytes">Size of the third-level cache.</param>
/// <param name="L3">Bytes a second of n threads that read parts of it which do not fit into L2.</param>
/// <param name="HandOff">Seconds of an empty parallel region of the thread pool that all threads take part in (the median).</param>
public sealed record Roof(
    string Isa, int Threads, double FlopsOneThread, double Flops, double MemoryOneThread, double Memory, long L2Bytes, double L2, long L3Bytes,
    double L3, double HandOff) : IRoof
{
    /// <summary>The share of the processors, 0 … 1, that other programs took while it was measured, where the system tells it.</summary>
    public double? Others { get; init; }

    IReadOnlyList<(string Store, double BytesPerSecond)> IRoof.Bandwidths => [("memory", Memory), ("L3", L3), ("L2", L2)];

    /// <summary>The bandwidth that bounds work on so many bytes which was done before: that of the smallest store they fit into.</summary>
    public (string Name, double BytesPerSecond) Store(double bytes) =>
        bytes <= L2Bytes * (double)Threads / 2 ? ("L2", L2) : bytes <= L3Bytes / 2.0 ? ("L3", Math.Min(L3, L2)) : ("memory", Memory);

    /// <summary>The least time that work can take, and what bounds it: <c>compute</c>, <c>L2</c>, <c>L3</c> or <c>memory</c>.</summary>
    /// <inheritdoc/>
    public (string Bound, double Seconds) LeastTime(double flops, double bytes)
    {
        (string name, double bandwidth) = Store(bytes);
        double computing = flops / Flops, moving = bytes / bandwidth;
        return computing >= moving ? ("compute", computing) : (name, moving);
    }
}

/// <summary>Measures a <see cref="Roof"/>: the best of several rounds, because other work on the machine only makes them slower.</summary>
public static class RoofMeasurement
{
    private const long DefaultL2 = 1 << 20, DefaultL3 = 16 << 20;
    private const int Granularity = 1024;

    /// <summary>Seconds after which a thread begins without the others, if the system does not let them run.</summary>
    private const double LongestWait = 0.01;

    /// <param name="quick">Shorter rounds, fewer of them and less memory: for tests.</param>
    public static Roof Measure(bool quick = false)
    {
        CpuDevice device = CpuDevice.Default;
        var load = OtherLoad.Watch(static () => 0);
        var loops = Kernels.Cpu.Roof.RoofLoops.For(device.Isa);
        int threads = CpuThreads.Count, tries = quick ? 2 : 12;
        double seconds = quick ? 0.002 : 0.05;
        (long l2, long l3) = (CacheSize(2) ?? DefaultL2, CacheSize(3) ?? DefaultL3);
        long rounds = Calibrate(seconds, n => loops.MultiplyAdd(n));
        double one = Best(tries, 1, _ => loops.MultiplyAdd(rounds)), all = Best(tries, threads, _ => loops.MultiplyAdd(rounds));
        double flops = (double)rounds * loops.FlopsPerRound;
        long perThread = Math.Max(2 * l2, l3 / 2 / threads);
        return new Roof(
            device.Isa.ToString().ToLowerInvariant(), threads, flops / one, flops * threads / all,
            Triad(loops, device, 1, quick ? 1 << 20 : l3, tries), Triad(loops, device, threads, quick ? 1 << 20 : l3, tries),
            l2, Read(loops, device, threads, l2 / 2, seconds, tries), l3, Read(loops, device, threads, perThread, seconds, tries),
            HandOff(threads, quick ? 50 : 5000))
        {
            Others = load.Share(),
        };
    }

    private static double Triad(Kernels.Cpu.Roof.RoofLoops loops, CpuDevice device, int threads, long cache, int tries)
    {
        // Each array is twice the cache, so that a round finds nothing of the one before.
        long part = 2 * cache / sizeof(float) / threads / Granularity * Granularity, count = part * threads;
        using var scope = new TensorScope();
        using DeviceMemory a = new(device, count), b = new(device, count), c = new(device, count);
        double best = Best(tries, threads, t => loops.Triad(a.Buffer, b.Buffer, c.Buffer, 3f, t * part, (t + 1) * part));
        return 3.0 * sizeof(float) * count / best;
    }

    private static double Read(Kernels.Cpu.Roof.RoofLoops loops, CpuDevice device, int threads, long bytesPerThread, double seconds, int tries)
    {
        long part = bytesPerThread / sizeof(float) / Granularity * Granularity;
        using DeviceMemory x = new(device, part * threads);
        int times = (int)Calibrate(seconds, n => loops.Read(x.Buffer, 0, part, (int)n));
        double best = Best(tries, threads, t => loops.Read(x.Buffer, t * part, (t + 1) * part, times));
        return (double)part * sizeof(float) * times * threads / best;
    }

    // The median over regions in which every thread takes part; an empty one is over before the others have noticed it.
    private static double HandOff(int threads, int tries)
    {
        double[] times = new double[tries];
        for (int i = 0; i < tries; i++)
            times[i] = Time(() => Together(threads, static _ => { }));
        return Samples.Median(times);
    }

    // How often to repeat so that it takes about so long. The first run compiles the loop and does not count.
    private static long Calibrate(double seconds, Action<long> repeat)
    {
        repeat(1);
        for (long n = 1; ; n *= 2)
            if (Time(() => repeat(n)) is var time && time >= seconds / 4)
                return Math.Max(1, (long)(n * seconds / time));
    }

    private static double Best(int tries, int threads, Action<int> part)
    {
        double best = double.PositiveInfinity;
        for (int i = 0; i < tries; i++)
            best = Math.Min(best, Time(() => Together(threads, part)));
        return best;
    }

    // One part on each thread: none begins before all are there, or one that is late would leave its part to another.
    private static void Together(int threads, Action<int> part)
    {
        int waitedFor = threads;
        CpuThreads.For(threads, i =>
        {
            Interlocked.Decrement(ref waitedFor);
            long start = Stopwatch.GetTimestamp();
            while (Volatile.Read(ref waitedFor) > 0 && Stopwatch.GetElapsedTime(start).TotalSeconds < LongestWait)
                Thread.SpinWait(1);
            part(i);
        });
    }

    private static double Time(Action action)
    {
        long start = Stopwatch.GetTimestamp();
        action();
        return Stopwatch.GetElapsedTime(start).TotalSeconds;
    }

    // Linux tells it; elsewhere a common size stands in.
    private static long? CacheSize(int level)
    {
        const string folder = "/sys/devices/system/cpu/cpu0/cache";
        if (!Directory.Exists(folder))
            return null;
        foreach (string index in Directory.EnumerateDirectories(folder, "index*"))
        {
            string Field(string name) => Path.Combine(index, name) is var file && File.Exists(file) ? File.ReadAllText(file).Trim() : "";
            string size = Field("size");
            if (Field("level") == $"{level}" && Field("type") != "Instruction" && size.EndsWith('K') && long.TryParse(size[..^1], out long kilobytes))
                return kilobytes << 10;
        }
        return null;
    }

    // Zeroed, so that every page is there before the clock starts.
    private sealed class DeviceMemory : IDisposable
    {
        public DeviceMemory(CpuDevice device, long floats)
        {
            Buffer = device.Allocate(floats * sizeof(float));
            device.Launch(new FillCall(Buffer, 0f, floats));
        }

        public DeviceBuffer Buffer { get; }

        public void Dispose() => Buffer.Release();
    }
}
