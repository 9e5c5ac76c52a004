using System.Diagnostics;
using ILGPU;

namespace SspNative.Kernels.Gpu;

/// <summary>What a device can do at best, measured by kernels that do nothing else.</summary>
/// <param name="Flops">Floating-point operations a second of multiply-adds on registers.</param>
/// <param name="BytesPerSecond">Of y = a·x + y over arrays that fit no cache, each array counted once a way.</param>
/// <param name="LaunchSeconds">From the launch of an empty kernel to its end, one after the other.</param>
public sealed record GpuRoof(double Flops, double BytesPerSecond, double LaunchSeconds)
{
    private const int Tries = 8;

    /// <summary>Measures: the best of several rounds, because other work on the machine only makes them slower.</summary>
    /// <param name="device">The device.</param>
    /// <param name="quick">Less work, for tests.</param>
    public static GpuRoof Measure(GpuDevice device, bool quick = false)
    {
        int threads = FmaKernel.GroupSize * device.Multiprocessors * (quick ? 1 : 8), rounds = quick ? 64 : 4096, count = quick ? 1 << 18 : 1 << 26;
        DeviceBuffer sums = device.Allocate((long)threads * sizeof(float));
        DeviceBuffer x = device.Allocate((long)count * sizeof(float)), y = device.Allocate((long)count * sizeof(float));
        try
        {
            device.Launch(new FillCall(x, 1f, count));
            device.Launch(new FillCall(y, 1f, count));
            double computing = Best(device, () => device.Run(new FmaKernel(GpuBuffer.Bytes(sums).Cast<float>(), rounds), threads / FmaKernel.GroupSize));
            double moving = Best(device, () => device.Launch(new BinaryCall<Operators.Add>(x, new Shape(count), y, new Shape(count), y, new Shape(count))));
            double launch = Best(device, () => device.Launch(new FillCall(sums, 0f, 1)));
            return new GpuRoof((double)threads * rounds * FmaKernel.FlopsPerRound / computing, 3.0 * sizeof(float) * count / moving, launch);
        }
        finally
        {
            sums.Release();
            x.Release();
            y.Release();
        }
    }

    // The first run compiles the kernel and does not count.
    private static double Best(GpuDevice device, Action launch)
    {
        double best = double.PositiveInfinity;
        for (int i = 0; i <= Tries; i++)
        {
            device.Synchronize();
            long start = Stopwatch.GetTimestamp();
            launch();
            device.Synchronize();
            if (i > 0)
                best = Math.Min(best, Stopwatch.GetElapsedTime(start).TotalSeconds);
        }
        return best;
    }
}

/// <summary>Sixteen chains of multiply-adds a thread, as many as hide the latency of one.</summary>
internal readonly struct FmaKernel(ArrayView<float> sums, int rounds) : IGpuKernel
{
    public const double FlopsPerRound = 32;

    public static int GroupSize => 256;

    public void Run()
    {
        int i = Grid.GlobalIndex.X;
        F4 a = F4.Broadcast(i), b = F4.Broadcast(1f), c = F4.Broadcast(2f), d = F4.Broadcast(3f), one = F4.Broadcast(0.5f);
        for (int round = 0; round < rounds; round++)
        {
            a = F4.Fma(0.999f, a, one);
            b = F4.Fma(0.999f, b, one);
            c = F4.Fma(0.999f, c, one);
            d = F4.Fma(0.999f, d, one);
        }
        sums[i] = a.X + a.Y + a.Z + a.W + b.X + b.Y + b.Z + b.W + c.X + c.Y + c.Z + c.W + d.X + d.Y + d.Z + d.W;
    }
}
