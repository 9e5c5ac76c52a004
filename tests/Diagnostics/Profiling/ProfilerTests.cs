using System.Text;
using SspNative.Engine;
using SspNative.Engine.Diagnostics;
using SspNative.Kernels;
using SspNative.Kernels.Cpu;
using SspNative.Model.Training;
using SspNative.Model.Weights;
using SspNative.Tests.Support;
using Xunit;

namespace SspNative.Tests.Diagnostics.Profiling;

/// <summary>Profiles of a tiny model's training.</summary>
[LeakCheck]
public sealed class ProfilerTests : DeviceTest
{
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void AProfiledTrainingIsTheSameBitsAndItsTraceNests(bool checkpointing)
    {
        TrainingOptions options = TinyModel.Options with { ActivationCheckpointing = checkpointing };
        Dictionary<string, float[]> plain = Train(Device, options), profiled;
        using var profiler = new Profiler();
        using (profiler.Watch(Device))
        {
            profiled = Train(Device, options);
            Assert.Equal((0, 0), (Device.LiveBuffers, Device.LiveBytes));
        }
        profiler.Stop();
        Assert.Equal(plain.Keys, profiled.Keys);
        Assert.All(plain, w => Assert.Equal(w.Value, profiled[w.Key]));

        TraceFile trace = Written(profiler);
        Assert.Equal(0, trace.Memory[^1]);
        Assert.All(trace.Memory, bytes => Assert.True(bytes >= 0));
        Assert.Equal(trace.Spans.Select(s => s.Thread).Distinct().Order(), trace.NamedThreads.Order());
        foreach ((TraceFile.Entry span, TraceFile.Entry[] around) in trace.Nested())
        {
            string[] kinds = [.. around.Select(a => a.Kind)];
            if (span.Kind == "kernel")
                Assert.Contains("op", kinds);
            if (span.Kind == "module")
                Assert.DoesNotContain("op", kinds);
            if (around.Any(a => a.Name == "step"))
                Assert.Equal("stage", kinds[0]);
        }
    }

    [Fact]
    public void TheReportNamesBackwardOperationsAndCountsEachKernelOnce()
    {
        using var profiler = new Profiler();
        using (profiler.Watch(Device))
            Train(Device, TinyModel.Options);
        profiler.Stop();
        ProfileReport report = ProfileReport.From(profiler, (flops, bytes) => (flops + bytes) * 1e-16);

        Assert.InRange(report.KernelSeconds, double.Epsilon, report.WallSeconds);
        foreach (IReadOnlyList<ProfileRow> rows in (IReadOnlyList<ProfileRow>[])[report.Kernels, report.Ops])
        {
            Assert.Equal(report.KernelSeconds, rows.Sum(r => r.Seconds), 6);
            Assert.Equal(rows.OrderByDescending(r => r.Seconds), rows);
        }
        Assert.Equal(report.Kernels.Sum(k => k.Flops), report.Ops.Sum(o => o.Flops), 0);
        Assert.All(report.Kernels, k => Assert.InRange(k.RoofShare!.Value, 0, 1));
        Assert.All(report.Kernels, k => Assert.InRange(k.Threads!.Value, 1, Math.Max(1, CpuThreads.Count)));
        foreach (string op in (string[])["linear", "backward of linear", "window_attention", "backward of window_attention", "backward of conv2d", "adamw"])
            Assert.Contains(report.Ops, o => o.Name == op && o.Calls > 0);

        ProfileRow step = Assert.Single(report.Stages);
        Assert.Equal(("step", 2), (step.Name, step.Calls));
        ProfileRow swin = Assert.Single(report.Modules, m => m.Name == string.Join(Profiler.PathSeparator, "forward", "ssp", "swin"));
        Assert.InRange(swin.BackwardSeconds, double.Epsilon, report.WallSeconds);
        Assert.Contains(report.Modules, m => m.Name == string.Join(Profiler.PathSeparator, "forward", "ssp", "swin", "stage 4", "block"));
    }

    [Fact]
    public void CostsAreThoseOfTheCountingDeviceAndOperandsOnce()
    {
        using var profiler = new Profiler();
        using (profiler.Watch(Device))
        using (new TensorScope())
            Ops.Linear(Tensor.Zeros([5, 3], Device), Tensor.Zeros([7, 3], Device), Tensor.Zeros([7], Device));
        profiler.Stop();
        TraceEvent gemm = Assert.Single(profiler.Events, e => e is { Kind: SpanKind.Kernel, Name: "gemm" });
        Assert.Equal((2.0 * 5 * 3 * 7, 4L * (5 * 3 + 7 * 3 + 7 + 5 * 7), "linear"), (gemm.Flops, gemm.Bytes, gemm.Op));
        Assert.Equal(4 * (5 * 3 + 7 * 3 + 7 + 5 * 7), profiler.Memory.Max(m => m.Bytes));
    }

    [Fact]
    public void WorkersAreShownOnTheirThreads()
    {
        using var profiler = new Profiler();
        for (int round = 0; round < 100 && !profiler.Events.Any(); round++)
            CpuThreads.For(8, _ => Thread.Sleep(1));
        profiler.Stop();
        Assert.Null(CpuThreads.Observer);
        if (CpuThreads.Count > 1)
            Assert.All(profiler.Events, e => Assert.True(e.Kind == SpanKind.Worker && e.Thread != Environment.CurrentManagedThreadId));
    }

    [Fact]
    public void WithoutAProfilerSpansAllocateNothing()
    {
        Measure();
        Assert.Equal(0, Measure());

        static long Measure()
        {
            long before = GC.GetAllocatedBytesForCurrentThread();
            for (int i = 0; i < 1000; i++)
            {
                using ProfilerSpan stage = Profiler.Stage("stage"), module = Profiler.Module("layer", i);
                Profiler.Recorded("add");
            }
            return GC.GetAllocatedBytesForCurrentThread() - before;
        }
    }

    [Fact]
    public void OneProfilerIsOpenAtATimeAndNothingIsCollectedAfterwards()
    {
        using var profiler = new Profiler();
        Assert.Throws<InvalidOperationException>(() => new Profiler());
        using IDisposable watch = profiler.Watch(Device);
        profiler.Stop();
        using (new TensorScope())
        using (Profiler.Module("layer"))
            Assert.Equal([3f, 3f], Ops.Affine(Tensor.Full([2], 1f, Device), 2f, 1f).ToArray());
        Assert.Empty(profiler.Events);
        Assert.Empty(profiler.Memory);
    }

    private static Dictionary<string, float[]> Train(IDevice device, TrainingOptions options)
    {
        using var model = new TrainingModel(TinyModel.Binary, new ProceduralSource(1), device);
        using (var trainer = new Trainer(model, new MadeClips(2), options, TinyModel.Tokenizer))
        {
            trainer.Step();
            trainer.Step();
        }
        return TinyModel.Weights(model);
    }

    private static TraceFile Written(Profiler profiler)
    {
        using var stream = new MemoryStream();
        ChromeTrace.Write(profiler, stream);
        return new TraceFile(Encoding.UTF8.GetString(stream.ToArray()));
    }
}
