using System.CommandLine;
using System.Text.Json;
using SspNative.Cli.Plots;
using SspNative.Kernels.Cpu;
using SspNative.Model.Benchmarking;
using SspNative.Model.Data;

namespace SspNative.Cli;

/// <summary><c>ssp bench</c>: the machine's roof, kernels and models against it and against other implementations, growth.</summary>
internal static class BenchCommand
{
    private static readonly Option<string> _only = new("--only") { Description = "Cases whose name contains this.", HelpName = "TEXT" };

    private static readonly Option<bool> _quick = new("--quick") { Description = "One short run of each: whether it works, not how fast it is." };

    private static readonly Option<bool> _json = new("--json") { Description = "Print one JSON document instead of tables." };

    private static readonly Option<string> _plot = new("--plot") { Description = "A folder for plots.", HelpName = "DIR" };

    private static readonly OutputFiles _files = new();

    private static readonly PeerOption _peer = new();

    public static Command Create() => new Verb(
        "bench",
        "Measures the engine: what the machine can do, kernels and models beside other implementations, growth.",
        "ssp bench roof",
        "ssp bench kernels --peer libtorch --plot plots")
    {
        CreateRoof(), CreateKernels(), CreateModel(), CreateGrowth(),
    };

    private static Verb CreateRoof()
    {
        var verb = new Verb("roof", "Measures what this machine can do at best: multiply-adds, bandwidths, hand-off between threads.", "ssp bench roof --json")
        {
            _quick, _json,
        };
        verb.SetAction(parsed =>
        {
            Roof roof = RoofMeasurement.Measure(parsed.GetValue(_quick));
            TextWriter output = parsed.InvocationConfiguration.Output;
            if (parsed.GetValue(_json))
                output.WriteLine(Json(roof));
            else
                BenchTables.Write(Output.Lines(output), roof);
            return SspCommandLine.Success;
        });
        return verb;
    }

    private static Verb CreateKernels()
    {
        var verb = new Verb(
            "kernels",
            "Times every kernel at the model's shapes, forward and backward, against the roof and a peer.",
            "ssp bench kernels --only conv2d",
            "ssp bench kernels --peer onnxruntime --json",
            "ssp bench kernels --peer libtorch --plot plots")
        {
            _only, _peer.Name, _peer.CommandLine, _quick, _json, _plot, _files.Overwrite,
        };
        verb.SetAction(parsed =>
        {
            IReadOnlyList<WorkCase> cases = Chosen(KernelCases.All, parsed.GetValue(_only));
            RequirePlots(parsed, RooflinePlot.Files);
            using PeerProcess? peer = _peer.Open(parsed);
            bool quick = parsed.GetValue(_quick);
            Roof roof = RoofMeasurement.Measure(quick);
            var bench = new Bench(peer, quick);
            return Report(parsed, peer, roof, cases, work => bench.Kernel(work, roof));
        });
        return verb;
    }

    private static Verb CreateModel()
    {
        var verb = new Verb(
            "model",
            "Times the large parts of the model and a training step, with the memory they take, beside a peer.",
            "ssp bench model --only AAVS",
            "ssp bench model --peer libtorch")
        {
            _only, _peer.Name, _peer.CommandLine, _quick, _json,
        };
        verb.SetAction(parsed =>
        {
            IReadOnlyList<WorkCase> cases = Chosen(ModelCases.All, parsed.GetValue(_only));
            using PeerProcess? peer = _peer.Open(parsed);
            var bench = new Bench(peer, parsed.GetValue(_quick));
            return Report(parsed, peer, null, cases, bench.Model);
        });
        return verb;
    }

    private static Verb CreateGrowth()
    {
        var verb = new Verb(
            "growth",
            "Measures how time and memory grow with image size, frames and keys, beside the arithmetic's growth.",
            "ssp bench growth --only keys --plot plots")
        {
            _only, _quick, _json, _plot, _files.Overwrite,
        };
        verb.SetAction(parsed =>
        {
            bool quick = parsed.GetValue(_quick);
            string[] chosen = [.. Growth.Chosen(parsed.GetValue(_only))];
            if (chosen.Length == 0)
                throw new InputException($"there is no growth named {parsed.GetValue(_only)}; there are {string.Join(", ", Growth.Names)}");
            RequirePlots(parsed, GrowthPlots.Files(chosen));
            TextWriter output = parsed.InvocationConfiguration.Output, error = parsed.InvocationConfiguration.Error;
            CancellationToken stop = parsed.Stop();
            GrowthCurve[] curves =
            [
                .. Growth.Measure(new Bench(null, quick), parsed.GetValue(_only), quick, name =>
                {
                    stop.ThrowIfCancellationRequested();
                    error.WriteLine(name);
                }),
            ];
            if (parsed.GetValue(_json))
                output.WriteLine(Json(curves));
            else
                BenchTables.Write(Output.Lines(output), curves);
            if (parsed.GetValue(_plot) is { } folder)
                GrowthPlots.Draw(curves, folder);
            return SspCommandLine.Success;
        });
        return verb;
    }

    private static void RequirePlots(ParseResult parsed, IEnumerable<string> files)
    {
        string? folder = parsed.GetValue(_plot);
        parsed.RefuseUseless(_files.Overwrite, folder is null, "only --plot writes files that may exist");
        if (folder is null)
            return;
        if (File.Exists(folder))
            throw new InputException($"--plot {folder}: a file of this name exists; give a folder");
        _files.Require(parsed, _plot, files.Select(f => Path.Combine(folder, f)));
    }

    private static IReadOnlyList<WorkCase> Chosen(IReadOnlyList<WorkCase> all, string? only)
    {
        WorkCase[] chosen = [.. all.Where(w => only is null || w.Name.Contains(only, StringComparison.OrdinalIgnoreCase))];
        return chosen.Length > 0 ? chosen : throw new InputException($"no case has \"{only}\" in its name; the first is \"{all[0].Name}\"");
    }

    private static int Report(ParseResult parsed, PeerProcess? peer, Roof? roof, IReadOnlyList<WorkCase> cases, Func<WorkCase, BenchResult> measure)
    {
        TextWriter output = parsed.InvocationConfiguration.Output, error = parsed.InvocationConfiguration.Error;
        var results = new List<BenchResult>();
        foreach (WorkCase work in cases)
        {
            parsed.Stop().ThrowIfCancellationRequested();
            error.WriteLine($"{results.Count + 1}/{cases.Count} {work.Name}");
            results.Add(measure(work));
        }
        string? name = peer is null ? null : $"{peer.Name} {peer.Version} ({peer.Threads} threads)";
        var report = new BenchReport(CpuDevice.Default.Description, name, roof, results);
        if (parsed.GetValue(_json))
            output.WriteLine(report.ToJson());
        else
            BenchTables.Write(Output.Lines(output), report);
        if (roof is not null && parsed.GetValue(_plot) is { } folder)
            RooflinePlot.Draw(report, roof, folder);
        return SspCommandLine.Success;
    }

    private static string Json<T>(T value) => JsonSerializer.Serialize(value, new JsonSerializerOptions(WorkCaseJson.Options) { WriteIndented = true });
}
