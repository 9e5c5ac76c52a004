using SspNative.Cli.Parsing;
using SspNative.Cli.Plots;
using SspNative.Cli.Terminal;
using SspNative.Engine;
using SspNative.Kernels.Cpu;
using SspNative.Lab;
using SspNative.Lab.Benchmarking;

namespace SspNative.Cli.Measuring;

/// <summary><c>ssp bench growth</c>: how time and memory grow with image size, frames and keys.</summary>
internal static class BenchGrowthCommand
{
    public static Verb Create()
    {
        var verb = new Verb(
            "growth",
            "Measures how time and memory grow with image size, frames and keys, beside the arithmetic's growth.",
            "ssp bench growth --only keys --plot plots")
        {
            BenchOptions.Only, BenchOptions.Quick, BenchOptions.Json, BenchOptions.Plot, BenchOptions.Files.Overwrite,
        };
        verb.SetAction(parsed =>
        {
            bool quick = parsed.GetValue(BenchOptions.Quick);
            string[] chosen = [.. Growth.Chosen(parsed.GetValue(BenchOptions.Only))];
            if (chosen.Length == 0)
                throw new InputException($"there is no growth named {parsed.GetValue(BenchOptions.Only)}; there are {string.Join(", ", Growth.Names)}");
            BenchOptions.RequirePlots(parsed, GrowthPlots.Files(chosen));
            TextWriter output = parsed.InvocationConfiguration.Output, error = parsed.InvocationConfiguration.Error;
            CancellationToken stop = parsed.Stop();
            using var bench = new Bench(CpuDevice.Default, null, quick);
            GrowthCurve[] curves =
            [
                .. Growth.Measure(bench, parsed.GetValue(BenchOptions.Only), quick, name =>
                {
                    stop.ThrowIfCancellationRequested();
                    error.WriteLine(name);
                }),
            ];
            if (parsed.GetValue(BenchOptions.Json))
                output.WriteLine(LabJson.WriteBench(curves));
            else
                BenchTables.Write(Output.Lines(output), curves);
            if (parsed.GetValue(BenchOptions.Plot) is { } folder)
                GrowthPlots.Draw(curves, folder);
            return ExitCodes.Success;
        });
        return verb;
    }
}
