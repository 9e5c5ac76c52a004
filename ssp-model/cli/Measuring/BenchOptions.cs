using System.CommandLine;
using SspNative.Cli.Options;
using SspNative.Cli.Parsing;
using SspNative.Cli.Plots;
using SspNative.Cli.Terminal;
using SspNative.Engine;
using SspNative.Kernels;
using SspNative.Kernels.Cpu;
using SspNative.Lab.Benchmarking;
using SspNative.Lab.Workloads;

namespace SspNative.Cli.Measuring;

/// <summary>What the verbs of <c>ssp bench</c> share: options, and how cases are chosen and reported.</summary>
internal static class BenchOptions
{
    public static Option<string> Only { get; } = new("--only") { Description = "Cases whose name contains this.", HelpName = "TEXT" };

    public static Option<bool> Quick { get; } = new("--quick") { Description = "One short run of each: whether it works, not how fast it is." };

    public static Option<bool> Json { get; } = new("--json") { Description = "Print one JSON document instead of tables." };

    public static Option<string> Plot { get; } = new("--plot") { Description = "A folder for plots.", HelpName = "DIR" };

    public static Option<string> Precision { get; } = DeviceOption.CreatePrecision();

    public static Option<string> Device { get; } = DeviceOption.Create();

    public static OutputFiles Files { get; } = new();

    public static PeerOption Peer { get; } = new();

    /// <summary>The device of a bench whose work is products.</summary>
    /// <exception cref="InputException">It has nothing that multiplies in the precision asked for.</exception>
    public static IDevice OpenForProducts(ParseResult parsed)
    {
        IDevice device = DeviceOption.Open(parsed, Device, Precision);
        // Elsewhere operands in float32 are multiplied as they are.
        return device.Precision == Kernels.Precision.Fp32 || device.HasTensorCores
            ? device
            : throw new InputException($"{Precision.Name} {device.Precision.Name()}: {device.Name} has no tensor cores to measure; ssp bench model takes it");
    }

    /// <summary>Makes sure, before anything is measured, that plots can be written.</summary>
    public static void RequirePlots(ParseResult parsed, IEnumerable<string> files)
    {
        string? folder = parsed.GetValue(Plot);
        parsed.RefuseUseless(Files.Overwrite, folder is null, "only --plot writes files that may exist");
        if (folder is null)
            return;
        if (File.Exists(folder))
            throw new InputException($"--plot {folder}: a file of this name exists; give a folder");
        Files.Require(parsed, Plot, files.Select(f => Path.Combine(folder, f)));
    }

    /// <summary>The cases that <see cref="Only"/> leaves.</summary>
    /// <exception cref="InputException">It leaves none.</exception>
    public static IReadOnlyList<BenchCase> Chosen(IReadOnlyList<BenchCase> all, string? only)
    {
        BenchCase[] chosen = [.. all.Where(w => only is null || w.Name.Contains(only, StringComparison.OrdinalIgnoreCase))];
        return chosen.Length > 0 ? chosen : throw new InputException($"no case has \"{only}\" in its name; the first is \"{all[0].Name}\"");
    }

    /// <summary>Measures cases one by one and prints what came out.</summary>
    /// <returns>The exit code: whether peers computed the same.</returns>
    public static int Report(
        ParseResult parsed, IDevice device, IPeer? peer, IRoof? roof, IReadOnlyList<(string Name, Func<BenchResult> Measure)> cases)
    {
        TextWriter output = parsed.InvocationConfiguration.Output, error = parsed.InvocationConfiguration.Error;
        var results = new List<BenchResult>();
        foreach ((string name, Func<BenchResult> measure) in cases)
        {
            parsed.Stop().ThrowIfCancellationRequested();
            error.WriteLine($"{results.Count + 1}/{cases.Count} {name}");
            results.Add(measure());
        }
        var report = new BenchReport(device.Description, peer?.Description, roof, results)
        {
            Warnings = BenchWarnings.Of(results, CpuThreads.Count, peer?.Threads, roof),
        };
        if (parsed.GetValue(Json))
            output.WriteLine(report.ToJson());
        else
            BenchTables.Write(Output.Lines(output), report);
        if (roof is not null && parsed.GetValue(Plot) is { } folder)
            RooflinePlot.Draw(report, roof, folder);
        return results.Any(r => r.Disagreement is not null) ? ExitCodes.Failure : ExitCodes.Success;
    }
}
