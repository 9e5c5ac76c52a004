using SspNative.Kernels.Gpu;
using SspNative.Kernels.Operators;
using SspNative.Lab.Benchmarking;
using Xunit;

namespace SspNative.Gpu.Tests;

/// <summary>What compilers make of the kernels, checked without a GPU. The assembler's part needs <c>SSP_CUDA_TOOLS</c>.</summary>
public sealed class KernelReportTests
{
    private static readonly Lazy<KernelCollector> _collector = new(() => KernelCollector.Of(KernelLaunches.All));

    // It keeps the texts, which are assembled for several architectures.
    private static readonly Lazy<KernelCompiler> _compiler = new(() => new KernelCompiler(_collector.Value));

    // What changed is assembled, which takes minutes if it is much: each part is a test of its own, so that none looks as if it hung.
    private const int Parts = 8;

    public static TheoryData<string, int> Assembled
    {
        get
        {
            var data = new TheoryData<string, int>();
            foreach (string architecture in (string[])["sm_80", "sm_90"])
                for (int part = 0; part < Parts; part++)
                    data.Add(architecture, part);
            return data;
        }
    }

    /// <summary>
    /// Every kernel fits its registers and shared memory. In the inner loops of products and attention, most instructions multiply and add, and memory is
    /// read sixteen bytes at a time; convolutions that gather patches pay for their places. And it takes what the kept report says: a change of that is seen,
    /// and meant.
    /// </summary>
    [SkippableTheory]
    [MemberData(nameof(Assembled))]
    public void KernelsAreAssembledAsTheKeptReportSays(string architecture, int part)
    {
        Skip.If(string.IsNullOrEmpty(Environment.GetEnvironmentVariable(CudaTools.Variable)), $"{CudaTools.Variable} names no folder with ptxas");
        string[] names = [.. _compiler.Value.Names.Where((_, i) => i % Parts == part)];
        string file = $"kernels-{architecture}.txt";
        Dictionary<string, KernelReport> kept = File.ReadLines(Path.Combine(AppContext.BaseDirectory, "results", file))
            .Select(KernelReport.Parse).ToDictionary(report => report.Kernel);
        KernelReport[] reports = [.. _compiler.Value.Report(names.Contains, architecture, kept)];
        string[] findings = [.. reports.SelectMany(report => Findings(report).Append(Difference(report, kept)).OfType<string>())];
        if (part == 0)
            findings =
            [
                .. findings,
                .. kept.Keys.Except(_compiler.Value.Names).Select(name => $"{name} is in benchmarks/results/gpu/{file}, and there is no such kernel"),
            ];
        Assert.True(
            findings.Length == 0,
            $"{findings.Length} findings\n{string.Join('\n', findings.Take(20))}\n"
            + $"If a difference is meant: ssp kernels report --arch {architecture} --kept benchmarks/results/gpu/{file} > new.txt, and move it there");
    }

    private static string? Difference(KernelReport report, Dictionary<string, KernelReport> kept)
    {
        string taken = $"{report.Kernel}: {report.Registers} registers, {report.SharedBytes} bytes shared";
        if (!kept.TryGetValue(report.Kernel, out KernelReport? old))
            return $"{taken}; kept is nothing";
        return (report.SharedBytes, report.Registers) == (old.SharedBytes, old.Registers)
            ? null
            : $"{taken}; kept is {old.Registers} registers, {old.SharedBytes} bytes shared";
    }

    private static IEnumerable<string> Findings(KernelReport report)
    {
        if (report.SpillBytes + report.StackBytes > 0)
            yield return $"{report.Kernel}: {report.SpillBytes} bytes spilled, {report.StackBytes} bytes of stack";
        if (report.SharedBytes > 48 << 10)
            yield return $"{report.Kernel}: {report.SharedBytes} bytes of shared memory, and 49,152 is the most without asking for more";
        if (report.Kernel.StartsWith("TensorProductKernel", StringComparison.Ordinal) && report.Loops.All(loop => loop.Mma == 0))
            yield return $"{report.Kernel}: no loop has an HMMA";
        if (report.Registers * report.GroupSize > 65536)
            yield return $"{report.Kernel}: {report.Registers} registers for each of {report.GroupSize} threads";
        (double share, bool readsGlobal) = report.Kernel switch
        {
            _ when report.Kernel.Contains("Patch", StringComparison.Ordinal) || report.Kernel.Contains("Scalar", StringComparison.Ordinal) => (0, false),
            _ when report.Kernel.StartsWith("ProductKernel<LargeTile", StringComparison.Ordinal) => (0.85, true),
            _ when report.Kernel.StartsWith("ProductKernel<", StringComparison.Ordinal) => (0.7, true),
            _ when report.Kernel.StartsWith("Attention", StringComparison.Ordinal)
                && !report.Kernel.StartsWith("AttentionMerge", StringComparison.Ordinal) => (0.75, false),
            _ => (0, false),
        };
        SassLoop inner = report.Loops.DefaultIfEmpty(new SassLoop(1, 0, 0, 0, 0, 0)).MaxBy(loop => loop.Fma)!;
        if ((double)inner.Fma / inner.Instructions < share)
            yield return $"{report.Kernel}: {inner.Fma} of {inner.Instructions} instructions of the inner loop are FFMA, and {share:0%} are meant";
        if (share > 0 && inner.WideShared == 0 || readsGlobal && inner.WideGlobal == 0)
            yield return $"{report.Kernel}: no LDS.128 or no LDG.E.128 in the inner loop";
    }

    /// <summary>A kernel's text does not depend on what was compiled before, so that what a report keeps of it stays true.</summary>
    [Fact]
    public void TheTextOfAKernelIsAlwaysTheSame()
    {
        string[] names =
            ["AffineKernel", "AttentionKernel<Lanes4, Lanes4, WindowedAttention, WholeQuads, WarpLanes>", "UnaryKernel<Gelu>", "BinaryKernel<Add>"];
        string[] first = Texts(names), last = Texts([.. names.Reverse()]);
        Assert.Equal(first, last.Reverse());
        Assert.DoesNotMatch(@"_\d{3,}\b", first[0]);
        Assert.Contains("ld.global.v4.f32", first[0]);

        static string[] Texts(string[] names)
        {
            var compiler = new KernelCompiler(_collector.Value);
            return [.. names.Select(name => compiler.Dump(name, "ptx", "sm_90"))];
        }
    }

    [Fact]
    public void TheTextIsThatOfEveryLaterArchitecture()
    {
        foreach (Type kernel in (Type[])[typeof(AffineKernel), typeof(UnaryKernel<Gelu>), typeof(SoftmaxKernel<Threads256>)])
            Assert.Equal(_compiler.Value.Ptx(kernel, "sm_80"), _compiler.Value.Write(kernel, 90));
    }

    /// <summary>Operators keep the CPU's rounding: nothing is contracted, approximated or flushed to zero.</summary>
    [Theory]
    [InlineData("UnaryKernel<Gelu>")]
    [InlineData("UnaryKernel<Exp>")]
    [InlineData("UnaryKernel<Log>")]
    [InlineData("UnaryKernel<Sqrt>")]
    [InlineData("UnaryBackwardKernel<Softplus>")]
    [InlineData("BinaryKernel<Div>")]
    [InlineData("AdamWKernel")]
    public void ArithmeticIsRoundedAsOnTheCpu(string kernel)
    {
        string ptx = _compiler.Value.Dump(kernel, "ptx", "sm_90");
        foreach (string word in new[] { "approx", ".ftz", "\tmul.f32", "\tadd.f32", "\tsub.f32", ".f64" })
            Assert.DoesNotContain(word, ptx);
    }

    [Fact]
    public void OpenClIsWrittenWithoutADevice()
    {
        Assert.Contains("kernel void", _compiler.Value.Dump("AffineKernel", "opencl", "sm_90"));
        Assert.Contains("CLK_LOCAL_MEM_FENCE", _compiler.Value.Dump("RowSumKernel<Threads32>", "opencl", "sm_90"));
    }
}
