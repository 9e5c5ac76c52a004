using System.Diagnostics;
using System.Text.Json;
using SspNative.Engine;
using SspNative.Engine.Diagnostics;
using SspNative.Kernels;
using SspNative.Kernels.Cpu;
using SspNative.Kernels.Operators;
using SspNative.Tests.Support;
using Xunit;

namespace SspNative.Tests.Diagnostics.Profiling;

/// <summary>A profile of a few kernels, whose every span, row and line of the trace is known.</summary>
public sealed class ProfileReportTests : DeviceTest
{
    private const string Inner = "outer ▸ inner 2";

    // An operation of one kernel in the inner module, a kernel of its own in the outer one, and one outside of both but in the stage.
    private Profiler Profiled()
    {
        using var scope = new TensorScope();
        Tensor x = Tensor.Full([64], 1f, Device), y = Tensor.Full([64], 2f, Device);
        var profiler = new Profiler();
        using (profiler.Watch(Device))
        using (Profiler.Stage("work"))
        {
            using (Profiler.Module("outer"))
            {
                using (Profiler.Module("inner", 2))
                    Ops.Add(x, y);
                Device.Launch(new UnaryCall<Exp>(x.Buffer, y.Buffer, 64));
            }
            Device.Launch(new FillCall(x.Buffer, 1f, 64));
            Device.Launch(new FillCall(x.Buffer, 2f, 32));
        }
        profiler.Stop();
        return profiler;
    }

    [Fact]
    public void KernelsBelongToOperationsAndModules()
    {
        using Profiler profiler = Profiled();
        Assert.Equal(
            [
                (SpanKind.Kernel, "add", Inner, "add"), (SpanKind.Op, "add", Inner, ""), (SpanKind.Module, "inner 2", Inner, ""),
                (SpanKind.Kernel, "exp", "outer", "exp"), (SpanKind.Op, "exp", "outer", ""), (SpanKind.Module, "outer", "outer", ""),
                (SpanKind.Kernel, "fill", "", "fill"), (SpanKind.Kernel, "fill", "", "fill"), (SpanKind.Op, "fill", "", ""), (SpanKind.Op, "fill", "", ""),
                (SpanKind.Stage, "work", "", ""),
            ],
            profiler.Events.Select(e => (e.Kind, e.Name, e.Module, e.Op)));
        Assert.All(profiler.Events, e => Assert.InRange(e.End, e.Start, profiler.End));
        Assert.All(profiler.Events, e => Assert.InRange(e.Start, profiler.Start, e.End));
        foreach (TraceEvent kernel in profiler.Events.Where(e => e.Kind == SpanKind.Kernel))
            Assert.Contains(profiler.Events, e => e.Kind == SpanKind.Op && e.Name == kernel.Op && e.Start <= kernel.Start && kernel.End <= e.End);
        Assert.Equal((Environment.CurrentManagedThreadId, 1), (profiler.Threads.Single().Thread, profiler.Threads.Count()));
        Assert.Equal(256, profiler.Memory.Max(m => m.Bytes));
    }

    [Fact]
    public void RowsSumWhatLiesWithinThem()
    {
        using Profiler profiler = Profiled();
        TraceEvent[] events = [.. profiler.Events], kernels = [.. events.Where(e => e.Kind == SpanKind.Kernel)];
        ProfileReport report = ProfileReport.From(profiler, (flops, bytes) => 1e-9 * (flops + bytes));
        double Seconds(Func<TraceEvent, bool> which) => (double)events.Where(which).Sum(e => e.End - e.Start) / Stopwatch.Frequency;

        Assert.Equal((double)(profiler.End - profiler.Start) / Stopwatch.Frequency, report.WallSeconds);
        Assert.Equal(Seconds(e => e.Kind == SpanKind.Kernel), report.KernelSeconds);
        Assert.Equal(256, report.PeakBytes);
        ProfileRow stage = Assert.Single(report.Stages);
        Assert.Equal(("work", 1L, 0.0), (stage.Name, stage.Calls, stage.BackwardSeconds));
        Assert.Equal(Seconds(e => e.Kind == SpanKind.Stage), stage.Seconds);
        Assert.Equal(stage.Seconds / report.WallSeconds, stage.Share);
        Assert.Equal(report.KernelSeconds, stage.KernelSeconds, 12);
        Assert.Equal(kernels.Sum(k => k.Flops), stage.Flops);

        ProfileRow outer = Assert.Single(report.Modules, m => m.Name == "outer"), inner = Assert.Single(report.Modules, m => m.Name == Inner);
        Assert.Equal(["outer", Inner], report.Modules.Select(m => m.Name));
        Assert.Equal(Seconds(e => e.Kind == SpanKind.Kernel && e.Name is "add" or "exp" && e.Kind == SpanKind.Kernel), outer.KernelSeconds, 12);
        Assert.Equal(Seconds(e => e is { Kind: SpanKind.Kernel, Name: "add" }), inner.KernelSeconds, 12);
        Assert.Equal(64, inner.Flops);
        Assert.Equal(3 * 256, inner.Bytes);

        ProfileRow fill = Assert.Single(report.Kernels, k => k.Name == "fill");
        Assert.Equal((2L, 256.0 + 128), (fill.Calls, fill.Bytes));
        Assert.Equal(fill.Seconds, fill.KernelSeconds);
        Assert.Equal(1e-9 * (fill.Flops + fill.Bytes) / fill.Seconds, fill.RoofShare!.Value, 9);
        Assert.Equal(1, fill.Threads!.Value, 12);
        Assert.Equal(2, Assert.Single(report.Ops, o => o.Name == "fill").Calls);
        Assert.All(ProfileReport.From(profiler).Kernels, k => Assert.Null(k.RoofShare));
    }

    // Of two stages each has its own, and what another thread launched at the time is in neither.
    [Fact]
    public void AStageHasItsOwnKernels()
    {
        using var scope = new TensorScope();
        Tensor x = Tensor.Full([64], 1f, Device), y = Tensor.Full([64], 1f, Device), z = Tensor.Full([64], 1f, Device);
        using var profiler = new Profiler();
        using (profiler.Watch(Device))
        {
            foreach (string name in (string[])["first", "second"])
                using (Profiler.Stage(name))
                {
                    Device.Launch(new FillCall(x.Buffer, 1f, name == "first" ? 64 : 32));
                    var other = new Thread(() => Device.Launch(new FillCall(y.Buffer, 1f, 16))) { Name = "another" };
                    other.Start();
                    other.Join();
                }
            Device.Launch(new FillCall(z.Buffer, 1f, 8));
            using Tensor large = Tensor.Zeros([100], Device);
            using Tensor small = Tensor.Zeros([10], Device);
        }
        Device.Launch(new FillCall(z.Buffer, 1f, 8));
        profiler.Stop();
        long end = profiler.End;
        profiler.Dispose();
        Assert.Equal(end, profiler.End);
        ProfileReport report = ProfileReport.From(profiler);
        Assert.Equal((256.0, 128.0), (report.Stages.Single(s => s.Name == "first").Bytes, report.Stages.Single(s => s.Name == "second").Bytes));
        Assert.Equal(440, report.PeakBytes);
        Assert.Contains(profiler.Threads, t => t.Name == "another");
        Assert.Equal(7, report.Kernels.Single().Calls);
    }

    [SkippableFact]
    public void WorkersCountForTheKernelThatTheyWorkFor()
    {
        Skip.If(CpuThreads.Count < 2, "one thread has no workers");
        using var device = new CountingDevice();
        DeviceBuffer x = device.Allocate(4);
        using var profiler = new Profiler();
        using (profiler.Watch(device))
        using (device.Observe(new Working()))
            for (int i = 0; i < 100 && profiler.Events.Count(e => e.Kind == SpanKind.Worker) < 2; i++)
                device.Launch(new FillCall(x, 1f, 1));
        for (int i = 0; i < 100 && profiler.Events.All(e => e.Name != "host work"); i++)
            CpuThreads.For(8, _ => Thread.Sleep(1));
        profiler.Stop();
        TraceEvent[] workers = [.. profiler.Events.Where(e => e.Kind == SpanKind.Worker)], kernels = [.. profiler.Events.Where(e => e.Kind == SpanKind.Kernel)];
        Assert.Equal(["fill", "host work"], workers.Select(w => w.Name).Distinct().Order(StringComparer.Ordinal));
        double worked = workers.Where(w => w.Name == "fill").Sum(w => (double)(w.End - w.Start));
        Assert.Equal(1 + worked / kernels.Sum(k => (double)k.Ticks), ProfileReport.From(profiler).Kernels.Single().Threads!.Value, 9);
        x.Release();
    }

    [Fact]
    public void WithoutKernelsThereAreNoShares()
    {
        using var profiler = new Profiler();
        using (Profiler.Stage("nothing"))
        {
        }
        profiler.Stop();
        ProfileReport report = ProfileReport.From(profiler, (_, _) => 1);
        ProfileRow row = Assert.Single(report.Stages);
        Assert.Equal((null, null, 0.0, 0L), (row.Threads, row.RoofShare, row.KernelSeconds, report.PeakBytes));
    }

    [Fact]
    public void ATraceHasThreadsSpansAndMemory()
    {
        using Profiler profiler = Profiled();
        using var stream = new MemoryStream();
        ChromeTrace.Write(profiler, stream);
        using JsonDocument trace = JsonDocument.Parse(stream.ToArray());
        Assert.Equal("ms", trace.RootElement.GetProperty("displayTimeUnit").GetString());
        JsonElement[] entries = [.. trace.RootElement.GetProperty("traceEvents").EnumerateArray()];
        Assert.All(entries, e => Assert.Equal(1, e.GetProperty("pid").GetInt32()));
        Assert.Equal(["M", .. Enumerable.Repeat("X", 11), .. Enumerable.Repeat("C", profiler.Memory.Count)], entries.Select(e => Text(e, "ph")));
        Assert.Equal(("thread_name", profiler.Threads.Single().Name), (Text(entries[0], "name"), Text(entries[0].GetProperty("args"), "name")));

        // From the outside in, also where two begin together.
        JsonElement[] spans = entries[1..12];
        Assert.Equal(
            [
                "stage work", "module outer", "module inner 2", "op add", "kernel add", "op exp", "kernel exp", "op fill", "kernel fill", "op fill",
                "kernel fill",
            ],
            spans.Select(s => $"{Text(s, "cat")} {Text(s, "name")}"));
        TraceEvent stage = profiler.Events.Single(e => e.Kind == SpanKind.Stage);
        Assert.Equal(Microseconds(stage.Start - profiler.Start), spans[0].GetProperty("ts").GetDecimal());
        Assert.Equal(Microseconds(stage.End - stage.Start), spans[0].GetProperty("dur").GetDecimal());
        JsonElement add = spans[4].GetProperty("args");
        Assert.Equal(
            ("add", Inner, 64, 768), (Text(add, "op"), Text(add, "module"), add.GetProperty("flops").GetInt32(), add.GetProperty("bytes").GetInt32()));
        Assert.False(spans[3].TryGetProperty("args", out _));
        Assert.All(entries[12..], e => Assert.Equal(("memory", 0), (Text(e, "name"), e.GetProperty("tid").GetInt32())));
        Assert.Equal(profiler.Memory.Select(m => m.Bytes), entries[12..].Select(e => e.GetProperty("args").GetProperty("live bytes").GetInt64()));
        Assert.Equal(profiler.Memory.Select(m => Microseconds(m.Time - profiler.Start)), entries[12..].Select(e => e.GetProperty("ts").GetDecimal()));

        using var folder = new TemporaryFolder();
        File.WriteAllText(folder["trace.json"], new string('x', 100_000));
        ChromeTrace.Write(profiler, folder["trace.json"]);
        Assert.Equal(stream.ToArray(), File.ReadAllBytes(folder["trace.json"]));

        static decimal Microseconds(long ticks) => Math.Round(ticks * 1e6m / Stopwatch.Frequency, 3);
    }

    [Fact]
    public void SpansEndInsideThoseAroundThem()
    {
        using var profiler = new Profiler();
        ProfilerSpan first = Profiler.Module("first"), second = Profiler.Module("second");
        Assert.Equal("first ▸ second", Profiler.CurrentModule);
        Assert.Equal(
            "the span first ended before second, which began inside it", Assert.Throws<InvalidOperationException>(first.Dispose).Message);
        profiler.Stop();
        Assert.Null(Profiler.CurrentModule);
    }

    [Fact]
    public void ACopyIsAnOperationByItself()
    {
        using var profiler = new Profiler();
        using (profiler.Watch(Device))
        using (Profiler.Module("layer"))
        using (Tensor x = Tensor.FromArray([1f, 2f], [2], Device))
        {
            Device.Launch(new FillCall(x.Buffer, 3f, 2));
            Assert.Equal([3f, 3f], x.ToArray());
        }
        profiler.Stop();
        Assert.Equal(
            [("copy_from_host", "copy_from_host", 8L, "layer"), ("fill", "fill", 8L, "layer"), ("copy_to_host", "copy_to_host", 8L, "layer")],
            profiler.Events.Where(e => e.Kind == SpanKind.Kernel).Select(e => (e.Name, e.Op, e.Bytes, e.Module)));
        Assert.Equal([8L, 0L], profiler.Memory.Select(m => m.Bytes));
    }

    // Begins to work once the kernel has begun.
    private sealed class Working : DeviceObserver
    {
        public override void BeforeLaunch<TCall>(in TCall call, IDevice device) => CpuThreads.For(8, _ => Thread.Sleep(1));
    }

    private static string Text(JsonElement element, string name) => element.GetProperty(name).GetString()!;
}
