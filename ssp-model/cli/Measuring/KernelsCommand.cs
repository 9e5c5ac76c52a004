using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization;
using SspNative.Cli.Parsing;
using SspNative.Cli.Terminal;
using SspNative.Engine;
using SspNative.Kernels.Gpu;
using SspNative.Lab.Benchmarking;
using SspNative.Lab.Verification;

namespace SspNative.Cli.Measuring;

/// <summary><c>ssp kernels</c>: what becomes of the GPU kernels' source: OpenCL, PTX, SASS, registers. No GPU is needed.</summary>
internal static class KernelsCommand
{
    public static Command Create()
    {
        var command = new Verb(
            "kernels", "Shows the GPU kernels and what compilers make of them.", "ssp kernels list", "ssp kernels dump 'UnaryKernel<Gelu>' --target ptx")
        {
            CreateList(),
            CreateDump(),
            CreateReport(),
            CreateCompare(),
        };
        return command;
    }

    private static Verb CreateList()
    {
        var command = new Verb("list", "Lists every kernel, with its type arguments.", "ssp kernels list");
        command.SetAction(parsed => WithCompiler(compiler =>
        {
            foreach (string name in compiler.Names)
                parsed.InvocationConfiguration.Output.WriteLine(name);
        }));
        return command;
    }

    private static Verb CreateDump()
    {
        var name = new Argument<string>("NAME") { Description = "A kernel, as ssp kernels list shows it." };
        var target = new Option<string>("--target") { Description = "The language: opencl, ptx or sass.", HelpName = "NAME", DefaultValueFactory = _ => "ptx" };
        Option<string> architecture = CreateArchitecture();
        var command = new Verb(
            "dump", "Prints what a kernel is compiled to.", "ssp kernels dump 'UnaryKernel<Gelu>'", "ssp kernels dump AffineKernel --target opencl",
            "ssp kernels dump AffineKernel --target sass --arch sm_80")
        {
            name,
            target,
            architecture,
        };
        command.SetAction(parsed => WithCompiler(compiler =>
            parsed.InvocationConfiguration.Output.WriteLine(
                compiler.Dump(parsed.GetRequiredValue(name), parsed.GetRequiredValue(target), parsed.GetRequiredValue(architecture)).TrimEnd())));
        return command;
    }

    private static Verb CreateReport()
    {
        var name = new Argument<string?>("NAME") { Description = "The beginning of kernels' names; all if it is left out.", Arity = ArgumentArity.ZeroOrOne };
        var json = new Option<bool>("--json") { Description = "Print one JSON document instead of lines." };
        var kept = new Option<string>("--kept")
        {
            Description = "An earlier report for the architecture, in lines: kernels whose text is still the same are not assembled again.",
            HelpName = "FILE",
        };
        Option<string> architecture = CreateArchitecture();
        var command = new Verb(
            "report", "Shows registers, memory, occupancy and inner loops of kernels, by CUDA's assembler.", "ssp kernels report ProductKernel --arch sm_80",
            "ssp kernels report --json > kernels.json", "ssp kernels report --arch sm_90 --kept benchmarks/results/gpu/kernels-sm_90.txt")
        {
            name,
            architecture,
            kept,
            json,
        };
        command.SetAction(parsed => WithCompiler(compiler =>
        {
            TextWriter output = parsed.InvocationConfiguration.Output;
            parsed.RefuseUseless(kept, parsed.GetValue(json), "lines of an earlier report have less than the document: leave out one of the two");
            string? beginning = parsed.GetValue(name);
            KernelReport[] reports =
            [
                .. compiler.Report(
                    kernel => beginning is null || kernel.StartsWith(beginning, StringComparison.OrdinalIgnoreCase),
                    parsed.GetRequiredValue(architecture), Kept(parsed.GetValue(kept))),
            ];
            if (reports.Length == 0)
                throw new InputException($"no kernel's name begins with {beginning}; 'ssp kernels list' shows them");
            if (parsed.GetValue(json))
                output.WriteLine(JsonSerializer.Serialize(reports, KernelReportContext.Default.KernelReportArray));
            else
                foreach (KernelReport report in reports)
                    output.WriteLine(report.Line());
        }));
        return command;
    }

    private static Dictionary<string, KernelReport>? Kept(string? file)
    {
        if (file is null)
            return null;
        if (!File.Exists(file))
            throw new InputException($"--kept {file}: there is no such file");
        try
        {
            return File.ReadLines(file).Select(KernelReport.Parse).ToDictionary(report => report.Kernel);
        }
        catch (Exception e) when (e is FormatException or OverflowException or ArgumentException)
        {
            throw new InputException($"--kept {file}: {e.Message}");
        }
    }

    private static Verb CreateCompare()
    {
        var name = new Argument<string?>("NAME") { Description = "The beginning of calls' names; all if it is left out.", Arity = ArgumentArity.ZeroOrOne };
        var device = new Option<string>("--device") { Description = "The GPU: cuda[:N] or opencl[:N].", HelpName = "NAME", Required = true };
        var command = new Verb(
            "compare",
            "Runs every kernel on a GPU and on the processor: the same bits or nearly the same numbers, the same bits again, nothing written elsewhere.",
            "ssp kernels compare --device cuda", "ssp kernels compare gemm --device opencl")
        {
            name,
            device,
        };
        command.SetAction(parsed =>
        {
            TextWriter output = parsed.InvocationConfiguration.Output;
            string? beginning = parsed.GetValue(name);
            string[] kernels = [.. KernelParity.Kernels.Where(k => beginning is null || k.StartsWith(beginning, StringComparison.Ordinal))];
            if (kernels.Length == 0)
                throw new InputException($"no call of a kernel has a name that begins with {beginning}; there are {ShortList.Of(KernelParity.Kernels)}");
            using GpuDevice gpu = OpenGuarded(parsed.GetRequiredValue(device));
            var parity = new KernelParity();
            int failed = 0;
            foreach (string kernel in kernels)
            {
                parsed.Stop().ThrowIfCancellationRequested();
                int damage = gpu.Damage.Count;
                ParityResult result = parity.Compare(kernel, gpu);
                string[] wrong = [.. result.Failures, .. gpu.Damage.Skip(damage)];
                failed += wrong.Length > 0 ? 1 : 0;
                string difference = result.IsExact
                    ? "the processor's bits"
                    : string.Create(CultureInfo.InvariantCulture, $"off by at most {result.Error:0.0e+0}");
                output.WriteLine($"{kernel}: {result.Calls} calls, {(wrong.Length > 0 ? $"{wrong.Length} are wrong" : difference)}");
                foreach (string line in wrong.Take(ShortList.Shown))
                    output.WriteLine($"  {line}");
            }
            output.WriteLine($"{kernels.Length - failed} of {kernels.Length} kernels are as on the processor");
            return failed == 0 ? ExitCodes.Success : ExitCodes.Failure;
        });
        return command;
    }

    private static GpuDevice OpenGuarded(string name)
    {
        try
        {
            return GpuDevices.Open(name, guarded: true);
        }
        catch (ArgumentException e)
        {
            throw new InputException($"{e.Message} (ssp devices lists what there is)");
        }
    }

    private static Option<string> CreateArchitecture() =>
        new("--arch") { Description = "CUDA's architecture.", HelpName = "NAME", DefaultValueFactory = _ => "sm_90" };

    private static int WithCompiler(Action<KernelCompiler> run)
    {
        try
        {
            var compiler = new KernelCompiler(KernelCollector.Of(KernelLaunches.All));
            run(compiler);
            return ExitCodes.Success;
        }
        catch (AggregateException e) when (e.InnerException is ArgumentException or FileNotFoundException)
        {
            throw new InputException(e.InnerException.Message);
        }
        catch (Exception e) when (e is ArgumentException or FileNotFoundException)
        {
            throw new InputException(e.Message);
        }
    }
}

[JsonSourceGenerationOptions(WriteIndented = true, PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower)]
[JsonSerializable(typeof(KernelReport[]))]
internal sealed partial class KernelReportContext : JsonSerializerContext;
