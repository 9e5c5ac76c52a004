using System.Text.Json;
using SspNative.Cli;
using SspNative.Engine;
using SspNative.Kernels;
using SspNative.Lab.Benchmarking;
using SspNative.Lab.Workloads;
using SspNative.Tests.Architecture;
using SspNative.Tests.Support;
using Xunit;

namespace SspNative.Tests.Lab.Benchmarking;

/// <summary>What <c>ssp bench</c> promises.</summary>
public class BenchTests
{
    [Fact]
    public void CasesHaveDistinctNamesCostsAndAJsonForm()
    {
        Assert.Equal(KernelCases.All.Count, KernelCases.All.Select(w => w.Name).Distinct().Count());
        foreach (BenchCase work in KernelCases.All)
        {
            Cost cost = KernelCases.Count(work);
            Assert.True(cost is { Flops: > 0, Bytes: > 0 }, work.Name);
            BenchCase read = BenchCaseJson.Read(BenchCaseJson.Write(work));
            Assert.Equal((work.Name, work.Kind, work.Pass), (read.Name, read.Kind, read.Pass));
            Assert.Equal(work.Sizes.OrderBy(s => s.Key), read.Sizes.OrderBy(s => s.Key));
        }
    }

    [Fact]
    public void AMissingSizeIsNamed()
    {
        var work = new BenchCase("odd", "matmul", Pass.Forward, new Dictionary<string, int> { ["m"] = 1, ["n"] = 1 });
        Assert.Contains("size k", Assert.ThrowsAny<Exception>(() => KernelCases.Count(work)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void SizesThatCannotBeAreBadInput()
    {
        var model = new BenchCase("long", "bert", Pass.Forward, new Dictionary<string, int> { ["batch"] = 1, ["tokens"] = 600 });
        Assert.StartsWith("long: ", Assert.Throws<InputException>(() => ModelRuns.Count(model)).Message);
    }

    [Fact]
    public void CostsOfAProductAndAConvolutionAreThoseOfTheirFormulas()
    {
        Assert.Equal(new Cost(2.0 * 1024 * 1024 * 1024, 2 * 4 * 1024 * 1024, 4 * 1024 * 1024), CostOf("matmul 1024x1024x1024"));
        Assert.Equal(2 * CostOf("matmul 1024x1024x1024").Flops, CostOf("matmul 1024x1024x1024 backward").Flops);
        Assert.Equal(2.0 * 96 * 96 * 256 * 256 * 9, CostOf("conv2d 1x96x96 256→256").Flops);
        Assert.Equal(4.0 * 96 * 96 * 144 * 128, CostOf("window_attention 96² by 12²").Flops);
    }

    [Fact]
    public void TheBoundIsWhateverTakesLonger()
    {
        var roof = new Roof("avx512", 2, 100, 200, 5, 10, 1000, 80, 10000, 40, 1e-6);
        Assert.Equal(("compute", 5.0), roof.LeastTime(1000, 100));
        Assert.Equal(("L2", 10.0), roof.LeastTime(1, 800));
        Assert.Equal(("L3", 100.0), roof.LeastTime(1, 4000));
        Assert.Equal(("memory", 2000.0), roof.LeastTime(1, 20000));
    }

    [Fact]
    public void MedianAndSpreadIgnoreOneOutlier()
    {
        Assert.Equal(3, Samples.Median([1, 1000, 3, 4, 2]));
        Assert.Equal(2.0 / 3, Samples.Spread([1, 1000, 3, 4, 2]), 12);
    }

    [Fact]
    public void RoofAsJsonIsPositive()
    {
        using JsonDocument roof = JsonDocument.Parse(CommandRun.Of("bench", "roof", "--quick", "--json").Output);
        foreach (string field in (string[])["flops_one_thread", "flops", "memory_one_thread", "memory", "l2", "l3", "hand_off"])
            Assert.True(roof.RootElement.GetProperty(field).GetDouble() > 0, field);
    }

    [SkippableFact]
    public void KernelsBesideAPeerAsJsonAndPlots()
    {
        FakePeer.SkipWithoutShell();
        using var folder = new TemporaryFolder();
        string plots = folder["plots"];
        string[] arguments =
            ["bench", "kernels", "--only", "softmax 1021", "--quick", "--json", "--peer-command", FakePeer.Command, "--plot", plots];
        using JsonDocument report = JsonDocument.Parse(CommandRun.Of(arguments).Output);
        Assert.Equal("fake 1.0 (2 threads)", report.RootElement.GetProperty("peer").GetString());
        Assert.Equal(2, report.RootElement.GetProperty("results").GetArrayLength());
        Assert.All(report.RootElement.GetProperty("results").EnumerateArray(), r =>
        {
            Assert.Equal(0.5, r.GetProperty("peer").GetProperty("seconds").GetDouble());
            Assert.True(r.GetProperty("ours").GetProperty("seconds").GetDouble() > 0);
        });
        Assert.True(new FileInfo(Path.Combine(plots, "roofline.png")).Length > 1000);
        Assert.Contains("softmax 1021x1999 backward", File.ReadAllText(Path.Combine(plots, "roofline.html")), StringComparison.Ordinal);
    }

    [SkippableFact]
    public void AKernelAtSizesOfOnesOwnBesideAPeer()
    {
        FakePeer.SkipWithoutShell();
        using JsonDocument report = JsonDocument.Parse(CommandRun.Of(
            "bench", "kernels", "softmax rows=33 columns=17 backward", "gelu count=100", "--quick", "--json", "--peer-command", FakePeer.Command).Output);
        JsonElement[] results = [.. report.RootElement.GetProperty("results").EnumerateArray()];
        Assert.Equal(["softmax rows=33 columns=17 backward", "gelu count=100"], results.Select(r => r.GetProperty("case").GetProperty("name").GetString()));
        Assert.Equal("backward", results[0].GetProperty("case").GetProperty("pass").GetString());
        Assert.Equal(4 * 33 * 17, results[0].GetProperty("flops").GetDouble());
        Assert.All(results, r => Assert.Equal(0.5, r.GetProperty("peer").GetProperty("seconds").GetDouble()));
    }

    [Theory]
    [InlineData("linaer m=1 n=2 k=3", "matmul, linear, linear_gelu")]
    [InlineData("linear m=1 n=2", "linear needs k; its sizes are m=N n=N k=N")]
    [InlineData("linear m=1 n=2 k=3 q=4", "linear has no size \"q\"; write m=N n=N k=N")]
    [InlineData("linear m=1 n=2 k=three", "k=three is no whole number from 1 on")]
    [InlineData("linear m=1 n=2 k=0", "k=0 is no whole number from 1 on")]
    [InlineData("linear m=1 n=2 k=3 k=3", "k is given twice")]
    [InlineData("adamw count=5 backward", "no backward pass")]
    public void AKernelThatDoesNotExistIsRefusedWithWhatDoes(string text, string reason)
    {
        using StringWriter output = new(), error = new();
        Assert.Equal(2, SspCommandLine.Run(["bench", "kernels", text, "--quick"], output, error));
        Assert.Contains(reason, error.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void TheTextOfACaseIsReadBack()
    {
        BenchCase work = KernelCases.Parse("conv2d out=8 in=4 height=10 width=12 stride=2 backward");
        Assert.Equal((1, 3, 2, 1), (work.Size("batch"), work.Size("kernel"), work.Size("stride"), work.Size("padding")));
        Assert.Equal("conv2d height=10 width=12 in=4 out=8 stride=2 backward", KernelCases.Text(work.Kind, work.Pass, work.Sizes));
        Assert.All(
            KernelCases.All,
            c => Assert.Equal(c.Sizes.OrderBy(s => s.Key), KernelCases.Parse(KernelCases.Text(c.Kind, c.Pass, c.Sizes)).Sizes.OrderBy(s => s.Key)));
    }

    [SkippableFact]
    public void WhatAPeerDoesNotHaveIsADash()
    {
        FakePeer.SkipWithoutShell();
        string table = CommandRun.Of("bench", "kernels", "--only", "12x8 256", "--quick", "--peer-command", FakePeer.Command).Output;
        Assert.Contains("–", table, StringComparison.Ordinal);
        Assert.Contains("it has no convolution", table, StringComparison.Ordinal);
    }

    [Fact]
    public void AWholeClipIsTimedWithItsStagesAndMemory()
    {
        using JsonDocument report = JsonDocument.Parse(CommandRun.Of(
            "bench", "clip", Repository.Path("examples/clock-and-guitar"), "--weights", Repository.Path("models/synth-avs.safetensors"),
            "--quick", "--json").Output);
        JsonElement root = report.RootElement, whole = root.GetProperty("whole");
        string[] stages = [.. root.GetProperty("stages").EnumerateArray().Select(s => s.GetProperty("stage").GetString()!)];
        Assert.Equal(["decode", "optical flow", "sound", "alignment", "segment", "write"], stages);
        Assert.InRange(
            root.GetProperty("stages").EnumerateArray().Sum(s => s.GetProperty("seconds").GetDouble()),
            double.Epsilon, whole.GetProperty("seconds").GetDouble());
        Assert.Equal(5, root.GetProperty("frames").GetInt32());
        Assert.Empty(root.GetProperty("networks").EnumerateArray());
        if (OperatingSystem.IsLinux())
            Assert.True(whole.GetProperty("peak_bytes").GetInt64() > 1 << 20);
    }

    [Fact]
    public void APeerIsMeasuredBesideMadeUpWeightsAlone()
    {
        using StringWriter output = new(), error = new();
        Assert.Equal(2, SspCommandLine.Run(
            ["bench", "clip", Repository.Path("examples/clock-and-guitar"), "--weights", "any.safetensors", "--peer", "onnxruntime"], output, error));
        Assert.Contains("leave out --weights", error.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void TheClipWithAPeersNetworksIsTheClipLessOurNetworksPlusTheirs()
    {
        static ClipNetwork Network(double ours, double? theirs, int calls) => new(
            new BenchResult(
                KernelCases.Parse("exp count=1"), Took(ours), theirs is null ? null : Took(theirs.Value), theirs is null ? "why" : null, 1, 0, "", 0, null),
            calls);
        static Timing Took(double seconds) => new(seconds, seconds, 0, 1, null, null);
        ClipReport Report(params ClipNetwork[] networks) => new("cpu", "peer", "clip", 5, Took(10), [], networks) { Warnings = [] };
        ClipReport both = Report(Network(1, 2, 5), Network(0.5, 0.25, 4));
        Assert.Equal((7.0, 11.0, 14.0, 1.4), (both.NetworkSeconds, both.PeerNetworkSeconds, both.PeerSeconds, both.Ratio));
        Assert.Null(Report(Network(1, 2, 5), Network(0.5, null, 4)).Ratio);
        Assert.Null(Report().Ratio);
    }

    [Fact]
    public void AnUnknownCaseOrPeerIsRefused()
    {
        Assert.Equal(2, CommandRun.Of("bench", "kernels", "--only", "nothing like it").Code);
        Assert.Equal(2, CommandRun.Of("bench", "kernels", "--peer", "abacus").Code);
        Assert.Equal(2, CommandRun.Of("bench", "kernels", "--peer", "cublas").Code);
        Assert.Equal(2, CommandRun.Of("bench", "model", "--device", "abacus").Code);
        CommandRun.AssertRefused(
            "onnxruntime computes in fp32", "bench", "clip", Repository.Path("examples/clock-and-guitar"), "--weights", "procedural", "--precision", "bf16",
            "--peer", "onnxruntime");
        Assert.Equal(2, CommandRun.Of("bench", "growth", "--only", "nothing like it").Code);
    }

    private static Cost CostOf(string name) => KernelCases.Count(KernelCases.All.Single(w => w.Name == name));
}
