using System.Diagnostics;
using ILGPU;

namespace SspNative.Kernels.Gpu;

/// <summary>What a device can do at best, measured by kernels that do nothing else.</summary>
/// <param name="Flops">Floating-point operations a second of multiply-adds on registers; of tensor cores, where the device's products are theirs.</param>
/// <param name="BytesPerSecond">Of a copy between arrays that fit no cache, read and written bytes counted once each.</param>
/// <param name="LaunchSeconds">From the beginning of a kernel that does next to nothing to its end.</param>
public sealed record GpuRoof(double Flops, double BytesPerSecond, double LaunchSeconds)
{
    private const int Tries = 8;

    // A device that had nothing to do raises its clock step by step.
    private static readonly TimeSpan _awake = TimeSpan.FromSeconds(0.3);

    /// <summary>Measures: the best of several rounds, because other work on the device only makes them slower.</summary>
    /// <param name="device">The device.</param>
    /// <param name="quick">Less work, for tests.</param>
    public static GpuRoof Measure(GpuDevice device, bool quick = false)
    {
        int groups = device.Multiprocessors * (quick ? 1 : 16), rounds = quick ? 64 : 4096, count = quick ? 1 << 18 : 1 << 26;
        int threads = groups * MultiplyAddKernel.GroupSize;
        using GpuScratch<float> sums = new(device, threads), x = new(device, count), y = new(device, count);
        // New memory is touched once before.
        ArrayView<float> from = x.View, to = y.View, ends = sums.View;
        device.Run(new FillKernel(from, 1f, count), count / (4 * FillKernel.GroupSize));
        TimeSpan least = quick ? TimeSpan.Zero : _awake;
        double computing = device.TensorCores != TensorCoreKind.Cuda
            ? Best(device, least, () => device.Run(new MultiplyAddKernel(ends, rounds), groups)) / MultiplyAddKernel.FlopsPerRound
            : device.Precision switch
            {
                Precision.Tf32 => Products<Tf32Format>(),
                // Three products in tf32 are one.
                Precision.Tf32x3 => 3 * Products<Tf32Format>(),
                _ => Products<BFloat16Format>(),
            };
        double moving = Best(device, least, () => device.Run(new CopyKernel(from, to, count), count / (4 * CopyKernel.GroupSize)));
        double launch = Best(device, least, () => device.Run(new FillKernel(ends, 0f, 1), 1));
        return new GpuRoof((double)threads * rounds / computing, 2.0 * sizeof(float) * count / moving, launch);

        double Products<TFormat>() where TFormat : struct, IFactorFormat =>
            Best(device, least, () => device.Run(new WarpProductsKernel<TFormat>(ends, rounds), groups)) / WarpProductsKernel<TFormat>.FlopsPerRound;
    }

    // A run before each that counts: the first compiles the kernel, and all let the timed launch wait in the queue instead of the device for the host.
    private static double Best(GpuDevice device, TimeSpan least, Action launch)
    {
        double best = double.PositiveInfinity;
        long start = Stopwatch.GetTimestamp();
        for (int i = 0; i < Tries || Stopwatch.GetElapsedTime(start) < least; i++)
        {
            launch();
            using DeviceMark before = device.Mark()!;
            launch();
            using DeviceMark after = device.Mark()!;
            best = Math.Min(best, after.SecondsSince(before));
        }
        return best;
    }
}

/// <summary>y = x.</summary>
internal readonly struct CopyKernel(ArrayView<float> x, ArrayView<float> y, int count) : IGpuKernel
{
    public static int GroupSize => 256;

    public void Run()
    {
        int quad = Grid.GlobalIndex.X;
        F4.Store(y, quad, count, F4.Load(x, quad, count));
    }
}

/// <summary>Sixteen chains of multiply-adds a thread, as many as hide the latency of one.</summary>
internal readonly struct MultiplyAddKernel(ArrayView<float> sums, int rounds) : IGpuKernel
{
    public const double FlopsPerRound = 2 * 16;

    public static int GroupSize => 256;

    public void Run()
    {
        int i = Grid.GlobalIndex.X;
        F4 a = F4.Broadcast(i), b = F4.Broadcast(1f), c = F4.Broadcast(2f), d = F4.Broadcast(3f), half = F4.Broadcast(0.5f);
        for (int round = 0; round < rounds; round++)
        {
            a = F4.Fma(0.999f, a, half);
            b = F4.Fma(0.999f, b, half);
            c = F4.Fma(0.999f, c, half);
            d = F4.Fma(0.999f, d, half);
        }
        F4 all = F4.Add(F4.Add(a, b), F4.Add(c, d));
        sums[i] = all.X + all.Y + all.Z + all.W;
    }
}

/// <summary>Eight chains of products a warp.</summary>
internal readonly struct WarpProductsKernel<TFormat>(ArrayView<float> sums, int rounds) : IGpuKernel
    where TFormat : struct, IFactorFormat
{
    // Of a thread: sixteen rows by eight columns by the steps of two rows of 16 bytes are shared by 32.
    public static double FlopsPerRound => 8 * 2.0 * 16 * 8 * 32 / TFormat.Chunks / 32;

    public static int GroupSize => 256;

    public void Run()
    {
        int i = Grid.GlobalIndex.X;
        ArrayView<uint> scratch = SharedMemory.Allocate<uint>(TensorCores.ScratchWords(GroupSize));
        // Finite numbers in every format, which differ from thread to thread: of equal ones tensor cores take less power and run faster.
        uint bits = 0x3f003f00 ^ (uint)((i * 40503) & 0x7f) * 0x10001;
        Factors<U4> a = TFormat.Prepare(new U4(bits, bits ^ 0x00110011, bits ^ 0x00220022, bits ^ 0x00430043));
        Factors<U2> b = TFormat.Prepare(new U2(bits ^ 0x80058005, bits ^ 0x00510051));
        F4 c0 = default, c1 = default, c2 = default, c3 = default, c4 = default, c5 = default, c6 = default, c7 = default;
        for (int round = 0; round < rounds; round++)
        {
            c0 = TFormat.Multiply<TensorCores>(c0, in a, in b, scratch);
            c1 = TFormat.Multiply<TensorCores>(c1, in a, in b, scratch);
            c2 = TFormat.Multiply<TensorCores>(c2, in a, in b, scratch);
            c3 = TFormat.Multiply<TensorCores>(c3, in a, in b, scratch);
            c4 = TFormat.Multiply<TensorCores>(c4, in a, in b, scratch);
            c5 = TFormat.Multiply<TensorCores>(c5, in a, in b, scratch);
            c6 = TFormat.Multiply<TensorCores>(c6, in a, in b, scratch);
            c7 = TFormat.Multiply<TensorCores>(c7, in a, in b, scratch);
        }
        F4 all = F4.Add(F4.Add(F4.Add(c0, c1), F4.Add(c2, c3)), F4.Add(F4.Add(c4, c5), F4.Add(c6, c7)));
        sums[i] = all.X + all.Y + all.Z + all.W;
    }
}
