using SspNative.Kernels.Cpu;
using SspNative.Lab.Workloads;

namespace SspNative.Lab.Benchmarking;

/// <summary>One size of a growing piece of work.</summary>
/// <param name="Size">What grows.</param>
/// <param name="Timing">How long it takes.</param>
/// <param name="PeakBytes">The most memory in tensors at once, weights and inputs included.</param>
/// <param name="Flops">Floating-point operations, counted.</param>
public sealed record GrowthPoint(int Size, Timing Timing, long PeakBytes, double Flops)
{
    /// <summary>The median time.</summary>
    public double Seconds => Timing.Seconds;
}

/// <summary>How time and memory grow with a size.</summary>
/// <param name="Name">For file names: <c>size</c>, <c>frames</c> or <c>keys</c>.</param>
/// <param name="Title">What is measured.</param>
/// <param name="Unit">What grows, with its unit.</param>
public sealed record GrowthCurve(string Name, string Title, string Unit, IReadOnlyList<GrowthPoint> Points);

/// <summary>Measures the growth of AAVS with image size and frames, and of attention with keys.</summary>
public static class Growth
{
    private const int AttentionQueries = 256;

    /// <summary>The curves there are, of which a part of the name chooses.</summary>
    public static IReadOnlyList<string> Names { get; } = ["size", "frames", "keys"];

    /// <summary>The names that a part of a name chooses; null chooses all.</summary>
    public static IEnumerable<string> Chosen(string? only) => Names.Where(n => only is null || n.Contains(only, StringComparison.OrdinalIgnoreCase));

    /// <param name="bench">How to time.</param>
    /// <param name="only">A part of a curve's name; null measures all.</param>
    /// <param name="quick">Two small sizes of each.</param>
    /// <param name="progress">Told of each size before it is measured.</param>
    public static IEnumerable<GrowthCurve> Measure(Bench bench, string? only, bool quick, Action<string> progress)
    {
        int[] sizes = quick ? [64, 128] : [128, 256, 384, 512, 640, 768], frames = quick ? [1, 2] : [1, 2, 4, 8, 16, 32];
        int[] keys = quick ? [1024, 2048] : [1024, 2048, 4096, 8192, 16384, 32768];
        int frameSize = quick ? 64 : 384;
        (GrowthCurve Curve, int[] Sizes, Func<int, BenchCase> Case)[] curves =
        [
            (new(Names[0], "AAVS, one frame", "image side in pixels", []), sizes, n => ModelCases.Of($"AAVS at {n}", "aavs", ("size", n))),
            (new(Names[1], $"AAVS, frames of {frameSize} one by one", "frames", []), frames,
                n => ModelCases.Of($"AAVS, {n} frames", "aavs_clip", ("size", frameSize), ("frames", n))),
            (new(Names[2], $"Attention of {AttentionQueries} queries, 8 heads of 64", "keys", []), keys, n => ModelCases.Of(
                $"attention, {n} keys", "attention",
                ("batch", 1), ("heads", 8), ("queries", AttentionQueries), ("keys", n), ("dim", 64), ("masked", 0))),
        ];
        foreach ((GrowthCurve curve, int[] values, Func<int, BenchCase> work) in curves)
            if (Chosen(only).Contains(curve.Name))
                yield return curve with { Points = [.. values.Select(n => Point(bench, n, work(n), progress))] };
    }

    private static GrowthPoint Point(Bench bench, int size, BenchCase work, Action<string> progress)
    {
        progress(work.Name);
        bool isKernel = work.Kind == "attention";
        double flops = isKernel ? KernelCases.Count(work).Flops : ModelRuns.Count(work);
        using BenchRun ours = isKernel ? KernelCases.Prepare(work, CpuDevice.Default) : ModelRuns.Prepare(work, CpuDevice.Default);
        CpuDevice.Default.ResetPeak();
        Timing timing = bench.Alone(ours);
        return new GrowthPoint(size, timing, CpuDevice.Default.PeakBytes, flops);
    }
}
