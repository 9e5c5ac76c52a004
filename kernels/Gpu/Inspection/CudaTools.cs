using System.Diagnostics;
using System.Globalization;
using System.Text.RegularExpressions;

namespace SspNative.Kernels.Gpu;

/// <summary>CUDA's assembler and disassembler, where they are installed: in the folder that <c>SSP_CUDA_TOOLS</c> names, or on the path.</summary>
internal static partial class CudaTools
{
    /// <summary>Environment variable of a folder with <c>ptxas</c> and <c>nvdisasm</c>.</summary>
    public const string Variable = "SSP_CUDA_TOOLS";

    // What a multiprocessor has, from sm_80 on (CUDA C++ Programming Guide, table of compute capabilities).
    private const int Registers = 65536, Threads = 2048, Groups = 32, RegisterUnit = 256, ReservedShared = 1024;

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
        int sharedBytes = architecture is "sm_80" ? 164 << 10 : architecture is "sm_86" or "sm_89" ? 100 << 10 : 228 << 10;
        int groups = Math.Min(Groups, Math.Min(Threads / groupSize, Registers / Math.Max(1, perWarp * warps)));
        return (double)Math.Min(groups, sharedBytes / (shared + ReservedShared)) * groupSize / Threads;
    }

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
