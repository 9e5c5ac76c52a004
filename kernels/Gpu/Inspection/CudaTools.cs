using System.Diagnostics;
using System.Globalization;
using System.Text.RegularExpressions;

namespace SspNative.Kernels.Gpu;

/// <summary>CUDA's assembler and disassembler, where they are installed: in the folder that <c>SSP_CUDA_TOOLS</c> names, or on the path.</summary>
internal static partial class CudaTools
{
    /// <summary>Environment variable of a folder with <c>ptxas</c> and <c>nvdisasm</c>.</summary>
    public const string Variable = "SSP_CUDA_TOOLS";

    // What every multiprocessor has (CUDA C++ Programming Guide, table of compute capabilities).
    private const int Registers = 65536, RegisterUnit = 256, ReservedShared = 1024;

    /// <summary>Assembles PTX.</summary>
    /// <returns>What the kernel takes, and its listing.</returns>
    /// <exception cref="FileNotFoundException">The tools are not there.</exception>
    /// <exception cref="InvalidDataException">The assembler refuses the text.</exception>
    public static (KernelReport Report, string Sass) Assemble(string kernel, string ptx, string architecture, int groupSize)
    {
        string folder = Directory.CreateTempSubdirectory("ssp-kernel-").FullName;
        string source = Path.Combine(folder, "kernel.ptx"), binary = Path.Combine(folder, "kernel.cubin");
        try
        {
            File.WriteAllText(source, ptx);
            (int code, string log) = Run("ptxas", "-v", $"-arch={architecture}", "-o", binary, source);
            if (code != 0)
                throw new InvalidDataException($"ptxas refuses the kernel {kernel}: {log.ReplaceLineEndings(" ").Trim()}");
            (code, string sass) = Run("nvdisasm", "-c", binary);
            if (code != 0)
                throw new InvalidDataException($"nvdisasm refuses the kernel {kernel}: {sass.ReplaceLineEndings(" ").Trim()}");
            int registers = Number(RegistersUsed(), log), shared = Number(SharedUsed(), log);
            var listing = SassListing.Of(sass);
            return (new KernelReport(
                kernel, architecture, groupSize, registers, shared, Number(StackUsed(), log), Number(SpillStores(), log) + Number(SpillLoads(), log),
                Occupancy(registers, shared, groupSize, architecture), listing.Instructions, KernelText.MarkOf(ptx, architecture), listing.Loops), sass);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private static double Occupancy(int registers, int shared, int groupSize, string architecture)
    {
        int warps = (groupSize + 31) / 32, perWarp = (registers * 32 + RegisterUnit - 1) / RegisterUnit * RegisterUnit;
        (int threads, int most, int kilobytes) = OfMultiprocessor(architecture);
        int groups = Math.Min(most, Math.Min(threads / groupSize, Registers / Math.Max(1, perWarp * warps)));
        return (double)Math.Min(groups, (kilobytes << 10) / (shared + ReservedShared)) * groupSize / threads;
    }

    // Threads, groups and shared memory at once, by the same table. Later ones that it does not have yet are taken for sm_90.
    private static (int Threads, int Groups, int Kilobytes) OfMultiprocessor(string architecture) => architecture switch
    {
        "sm_75" => (1024, 16, 64),
        "sm_80" => (2048, 32, 164),
        "sm_86" => (1536, 16, 100),
        "sm_87" => (1536, 16, 164),
        "sm_89" or "sm_120" => (1536, 24, 100),
        _ => (2048, 32, 228),
    };

    private static (int Code, string Output) Run(string tool, params string[] arguments)
    {
        string? folder = Environment.GetEnvironmentVariable(Variable);
        var start = new ProcessStartInfo(string.IsNullOrEmpty(folder) ? tool : Path.Combine(folder, tool), arguments)
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        Process process;
        try
        {
            process = Process.Start(start)!;
        }
        catch (System.ComponentModel.Win32Exception e)
        {
            throw new FileNotFoundException($"{tool} was not found: install CUDA's tools, or name their folder in {Variable}", tool, e);
        }
        using (process)
        {
            Task<string> error = process.StandardError.ReadToEndAsync();
            string output = process.StandardOutput.ReadToEnd();
            process.WaitForExit();
            return (process.ExitCode, output + error.Result);
        }
    }

    private static int Number(Regex pattern, string log) =>
        pattern.Match(log) is { Success: true } match ? int.Parse(match.Groups[1].ValueSpan, CultureInfo.InvariantCulture) : 0;

    [GeneratedRegex(@"Used (\d+) registers")]
    private static partial Regex RegistersUsed();

    [GeneratedRegex(@"(\d+)(?:\+\d+)? bytes smem")]
    private static partial Regex SharedUsed();

    [GeneratedRegex(@"(\d+) bytes stack frame")]
    private static partial Regex StackUsed();

    [GeneratedRegex(@"(\d+) bytes spill stores")]
    private static partial Regex SpillStores();

    [GeneratedRegex(@"(\d+) bytes spill loads")]
    private static partial Regex SpillLoads();
}
