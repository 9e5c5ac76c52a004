using System.Diagnostics;
using SspNative.Kernels.Cpu;
using Xunit;

namespace SspNative.Tests.Kernels.Matrix;

/// <summary>The loops that all matrix work ends in keep their sums in registers: the JIT's own listing shows no vector on the stack.</summary>
public sealed class MicroKernelListingTests
{
    [SkippableTheory]
    [InlineData(CpuIsa.Avx512, "Tile12", "ops/matmul@batched", 24)]
    [InlineData(CpuIsa.Avx2, "Tile6", "ops/matmul@batched", 12)]
    [InlineData(CpuIsa.Avx512, "Tile", "ops/conv2d@patch4", 16)]
    [InlineData(CpuIsa.Avx2, "Tile", "ops/conv2d@patch4", 12)]
    [InlineData(CpuIsa.Avx512, "Dots", "models/aavs-avs-tiny", 8)]
    [InlineData(CpuIsa.Avx2, "Dots", "models/aavs-avs-tiny", 8)]
    [InlineData(CpuIsa.Avx512, "SixRowDots", "models/aavs-avs-tiny", 24)]
    public void NoVectorIsSpilled(CpuIsa isa, string method, string reference, int multiplyAdds)
    {
        Skip.IfNot(CpuDevice.IsSupported(isa), $"this processor has no {isa}");
        List<JitMethod> compiled = [.. JitListing.Parse(Listing(isa, method, reference)).Where(m => m.Name.Contains("FullOpts", StringComparison.Ordinal))];
        Assert.NotEmpty(compiled);
        foreach (JitMethod listing in compiled)
        {
            string[] loop = listing.Loops().MaxBy(body => body.Length) ?? throw new InvalidDataException($"{listing.Name} has no loop of multiply-adds");
            Assert.Equal(multiplyAdds, loop.Count(line => line.StartsWith("vfmadd", StringComparison.Ordinal)));
            string[] spills = [.. JitMethod.Spills(loop)];
            Assert.True(spills.Length == 0, $"{listing.Name} spills:\n{string.Join('\n', spills)}");
        }
    }

    [Fact]
    public void SpillsInAnInnermostLoopAreSeen()
    {
        string[] lines =
        [
            "; Assembly listing for method A:B() (FullOpts)",
            "G_M000_IG01:",
            "       vmovups  zmm0, zmmword ptr [rbp-0x40]",
            "G_M000_IG02:",
            "G_M000_IG03:",
            "       vmovups  ymmword ptr [rsp+0x20], ymm7",
            "       mov      rax, qword ptr [rbp-0x08]",
            "       vfmadd231ps ymm0, ymm1, ymmword ptr [rdx]",
            "       vfmadd231ps ymm2, ymm1, ymmword ptr [rbp-0x60]",
            "       jg       SHORT G_M000_IG03",
            "       vmovups  zmmword ptr [rbp-0x40], zmm0",
            "       jne      G_M000_IG02",
            "; Assembly listing for method A:C() (FullOpts)",
        ];
        IReadOnlyList<JitMethod> methods = JitListing.Parse(lines);
        Assert.Equal(["A:B() (FullOpts)", "A:C() (FullOpts)"], methods.Select(m => m.Name));
        string[] loop = Assert.Single(methods[0].Loops());
        Assert.Equal(
            ["vmovups  ymmword ptr [rsp+0x20], ymm7", "vfmadd231ps ymm2, ymm1, ymmword ptr [rbp-0x60]"], JitMethod.Spills(loop));
        Assert.Empty(methods[1].Loops());
    }

    // The command line in a process of its own computes a reference case, and its JIT writes what it made of a method.
    private static string[] Listing(CpuIsa isa, string method, string reference)
    {
        string path = Path.Combine(Path.GetTempPath(), Path.GetRandomFileName());
        string command = Path.Combine(AppContext.BaseDirectory, "ssp.dll");
        var start = new ProcessStartInfo("dotnet", [command, "verify", Path.Combine(AppContext.BaseDirectory, "reference", $"{reference}.safetensors")])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        start.Environment[CpuDevice.IsaVariable] = isa.ToString();
        start.Environment["DOTNET_JitDisasm"] = method;
        start.Environment["DOTNET_JitStdOutFile"] = path;
        try
        {
            using Process process = Process.Start(start)!;
            Task<string> output = process.StandardOutput.ReadToEndAsync();
            string errors = process.StandardError.ReadToEnd();
            Assert.True(process.WaitForExit(TimeSpan.FromMinutes(2)), "ssp verify does not end");
            Assert.True(process.ExitCode == 0, output.Result + errors);
            return File.ReadAllLines(path);
        }
        finally
        {
            File.Delete(path);
        }
    }
}
