using System.Text.Json;
using SspNative.Engine;
using SspNative.Engine.Diagnostics;
using SspNative.Kernels;
using SspNative.Model.Training;
using SspNative.Tests.Diagnostics.Profiling;
using SspNative.Tests.Support;
using Xunit;

namespace SspNative.Gpu.Tests;

/// <summary>The device's own clock: marks, profiles and benchmarks.</summary>
public sealed class ClockTests : GpuTest
{
    [SkippableFact]
    public void MarksTellHowLongTheDeviceTook()
    {
        using var scope = new TensorScope();
        Tensor x = Tensor.Zeros([1 << 20], Gpu);
        // Compiles the kernel.
        Ops.Gelu(x);
        using DeviceMark first = Gpu.Mark()!;
        Ops.Gelu(x);
        using DeviceMark second = Gpu.Mark()!;
        for (int i = 0; i < 20; i++)
            Ops.Gelu(x);
        using DeviceMark third = Gpu.Mark()!;
        double once = second.SecondsSince(first), often = third.SecondsSince(second);
        Assert.InRange(once, double.Epsilon, often);
        Assert.Equal(once + often, third.SecondsSince(first), 1e-6);
    }

    [SkippableFact]
    [Trait("speed", "slow")]
    public void AProfileHasTheTimesOfTheDeviceOnALineOfItsOwn()
    {
        Train();
        double plain = Train(), profiled;
        using var profiler = new Profiler();
        using (profiler.Watch(Gpu))
            profiled = Train();
        profiler.Stop();
        Assert.Equal(plain, profiled);

        TraceEvent[] kernels = [.. profiler.Events.Where(e => e.Kind == SpanKind.Kernel).OrderBy(k => k.Start)];
        Assert.All(kernels, k => Assert.True(k.IsOnDevice && k.Ticks >= 0 && k.Op.Length > 0, k.Name));
        Assert.All(kernels.Zip(kernels.Skip(1)), pair => Assert.True(pair.First.End <= pair.Second.Start));
        Assert.InRange(kernels[0].Start, profiler.Start, profiler.End);
        Assert.InRange(kernels[^1].End, profiler.Start, profiler.End);

        var report = ProfileReport.From(profiler);
        Assert.InRange(report.KernelSeconds, double.Epsilon, report.WallSeconds);
        Assert.Equal(report.KernelSeconds, report.Ops.Sum(o => o.Seconds), 6);
        ProfileRow step = Assert.Single(report.Stages);
        Assert.InRange(step.KernelSeconds, 0.5 * report.KernelSeconds, report.KernelSeconds);
        Assert.Contains(report.Modules, m => m.Name.EndsWith("swin", StringComparison.Ordinal) && m.KernelSeconds > 0);

        using var stream = new MemoryStream();
        ChromeTrace.Write(profiler, stream);
        var trace = new TraceFile(System.Text.Encoding.UTF8.GetString(stream.ToArray()));
        Assert.Contains(kernels[0].Thread, trace.NamedThreads);
        Assert.NotEmpty(trace.Nested());
    }

    [SkippableFact]
    public void ABenchmarkNamesTheDeviceAndItsRoof()
    {
        string name = Gpu.Name;
        CommandRun run = CommandRun.Of("bench", "kernels", "gelu count=1000", "linear m=5 n=6 k=7 backward", "--device", name, "--quick", "--json");
        Assert.True(run.Code == 0, run.Error);
        JsonElement report = JsonDocument.Parse(run.Output).RootElement;
        Assert.Equal(Gpu.Description, report.GetProperty("device").GetString());
        foreach (string field in new[] { "flops", "memory", "launch" })
            Assert.True(report.GetProperty("roof").GetProperty(field).GetDouble() > 0, field);
        Assert.All(report.GetProperty("results").EnumerateArray(), r => Assert.True(r.GetProperty("ours").GetProperty("seconds").GetDouble() > 0));
        Assert.Contains("GB/s", CommandRun.Of("bench", "roof", "--device", name, "--quick").Output);
        if (!name.StartsWith("cuda", StringComparison.Ordinal))
            Assert.Contains("cuBLAS computes on CUDA devices", CommandRun.Refused("bench", "kernels", "--device", name, "--peer", "cublas"));
        Assert.Contains("measured on the processor", CommandRun.Refused("bench", "kernels", "--device", name, "--peer", "libtorch"));
    }

    private static double Train()
    {
        using TrainingModel model = TinyModel.Create(TinyModel.Binary, Gpu);
        using var trainer = new Trainer(model, new MadeClips(2), TinyModel.Options, TinyModel.Tokenizer);
        return trainer.Step().Total;
    }
}
