using System.CommandLine;
using SspNative.Cli.Options;
using SspNative.Cli.Parsing;
using SspNative.Cli.Plots;
using SspNative.Cli.Terminal;
using SspNative.Engine;
using SspNative.Kernels;
using SspNative.Kernels.Cpu;
using SspNative.Lab;
using SspNative.Lab.Benchmarking;
using SspNative.Lab.Workloads;
using SspNative.Model.Preprocessing;

namespace SspNative.Cli.Measuring;

/// <summary><c>ssp bench</c>: the machine's roof, kernels and models against it and against other implementations, growth.</summary>
internal static class BenchCommand
{
    private const string OwnSizes = "A kernel at your own sizes, as 'linear m=197 n=3072 k=768'.";

    private const string Procedural = "procedural";

    private static readonly Option<string> _only = new("--only") { Description = "Cases whose name contains this.", HelpName = "TEXT" };

    private static readonly Option<bool> _quick = new("--quick") { Description = "One short run of each: whether it works, not how fast it is." };

    private static readonly Option<bool> _json = new("--json") { Description = "Print one JSON document instead of tables." };

    private static readonly Option<string> _plot = new("--plot") { Description = "A folder for plots.", HelpName = "DIR" };

    private static readonly Option<string> _precision = DeviceOption.CreatePrecision();

    private static readonly Option<bool> _graphs = DeviceOption.CreateGraphs();

    private static readonly OutputFiles _files = new();

    private static readonly PeerOption _peer = new();

    private static readonly Option<string> _device = DeviceOption.Create();

    private static readonly Argument<string[]> _cases = new("case") { Description = OwnSizes, Arity = ArgumentArity.ZeroOrMore };

    private static readonly Argument<string[]> _models = new("case")
    {
        Description = "A model at your own sizes, as 'bert batch=1 tokens=50 layers=6 hidden=384 intermediate=1536'. "
            + $"Kinds: {string.Join(", ", ModelCases.Kinds)}.",
        Arity = ArgumentArity.ZeroOrMore,
    };

    private static readonly Option<string> _calls = new("--calls")
    {
        Description = "A recording of ssp profile --calls: its kernels are launched again, those first that took longest together.",
        HelpName = "FILE.json",
    };

    private static readonly Option<int?> _top = new("--top") { Description = "With --calls: how many different calls. Default: 20.", HelpName = "N" };

    public static Command Create() => new Verb(
        "bench",
        "Measures the engine: what the machine can do, kernels and models beside other implementations, growth.",
        "ssp bench roof",
        "ssp bench kernels --peer libtorch --plot plots",
        "ssp bench kernels --device cuda --peer cublas")
    {
        CreateRoof(), CreateKernels(), CreateModel(), CreateClip(), CreateGrowth(),
    };

    private static Verb CreateRoof()
    {
        var verb = new Verb(
            "roof", "Measures what a device can do at best: multiply-adds, bandwidths, hand-off between threads.", "ssp bench roof --json",
            "ssp bench roof --device cuda", "ssp bench roof --device cuda --precision tf32")
        {
            _device, _precision, _quick, _json,
        };
        verb.SetAction(parsed =>
        {
            IRoof roof = DeviceOption.RoofOf(OpenForProducts(parsed), parsed.GetValue(_quick));
            TextWriter output = parsed.InvocationConfiguration.Output;
            if (parsed.GetValue(_json))
                output.WriteLine(LabJson.WriteBench(roof));
            else
                BenchTables.Write(Output.Lines(output), roof);
            return ExitCodes.Success;
        });
        return verb;
    }

    private static Verb CreateKernels()
    {
        var verb = new Verb(
            "kernels",
            "Times kernels, forward and backward, against the roof and a peer: at the model's shapes, at your own, or the calls of a recording.",
            "ssp bench kernels --only conv2d",
            "ssp bench kernels 'linear m=197 n=3072 k=768' 'attention heads=8 queries=100 keys=9216 dim=32 masked=1 backward'",
            "ssp bench kernels --calls calls.json --top 10 --peer libtorch",
            "ssp bench kernels --device cuda --precision bf16 --peer cublas",
            "ssp bench kernels --peer libtorch --plot plots")
        {
            _cases, _calls, _top, _only, _device, _precision, _peer.Name, _peer.CommandLine, _quick, _json, _plot, _files.Overwrite,
        };
        verb.BeforeHelp = () => _cases.Description = $"{OwnSizes} Kinds: {string.Join(", ", KernelCases.Kinds)}.";
        verb.SetAction(parsed =>
        {
            IReadOnlyList<Measured> cases = KernelsOf(parsed);
            RequirePlots(parsed, RooflinePlot.Files);
            IDevice device = OpenForProducts(parsed);
            bool quick = parsed.GetValue(_quick);
            using IPeer? peer = _peer.Open(parsed, device, quick);
            IRoof roof = DeviceOption.RoofOf(device, quick);
            using var bench = new Bench(device, peer, quick);
            return Report(parsed, device, peer, roof, [.. cases.Select(c => (c.Name, (Func<BenchResult>)(() => c.By(bench, roof))))]);
        });
        return verb;
    }

    private static Verb CreateModel()
    {
        var verb = new Verb(
            "model",
            "Times the large parts of the model and a training step, with the memory they take, beside a peer.",
            "ssp bench model --only AAVS",
            "ssp bench model --only CLIP --precision bf16",
            "ssp bench model 'bert batch=1 tokens=50 layers=6 hidden=384 intermediate=1536' --peer onnxruntime",
            "ssp bench model --peer libtorch")
        {
            _models, _only, _device, _peer.Name, _peer.CommandLine, _precision, _quick, _json,
        };
        verb.SetAction(parsed =>
        {
            IDevice device = DeviceOption.Open(parsed, _device, _precision);
            string[] texts = parsed.GetValue(_models) ?? [];
            if (texts.Length > 0 && parsed.GetValue(_only) is not null)
                throw new InputException("cases of your own stand alone: leave out --only");
            IReadOnlyList<BenchCase> cases =
                texts.Length > 0 ? [.. texts.Select(ModelCases.Parse)] : Chosen(ModelCases.In(device.Precision), parsed.GetValue(_only));
            bool quick = parsed.GetValue(_quick);
            using IPeer? peer = _peer.Open(parsed, device, quick);
            using var bench = new Bench(device, peer, quick);
            return Report(parsed, device, peer, null, [.. cases.Select(c => (c.Name, (Func<BenchResult>)(() => bench.Model(c))))]);
        });
        return verb;
    }

    private static Verb CreateClip()
    {
        var clip = new Argument<string>("CLIP") { Description = "A video, or a folder with frames/*.jpg|png and audio.wav; a frame a second is taken." };
        var weights = new Option<string>("--weights")
        {
            Description = "Weights; procedural is the full network with made-up ones. A peer is measured beside that alone.",
            HelpName = "FILE",
            DefaultValueFactory = _ => Procedural,
        };
        var prompts = new Option<string>("--prompts") { Description = "What is said of the clip, as ssp segment reads it.", HelpName = "FILE.json" };
        var verb = new Verb(
            "clip",
            "Times a whole clip, from its file to the written result, with the most memory of the process; beside it the same with a peer's networks.",
            "ssp bench clip examples/clock-and-guitar.mp4 --prompts examples/clock-and-guitar.prompts.json --peer onnxruntime")
        {
            clip, weights, prompts, _device, _peer.Name, _peer.CommandLine, _precision, _graphs, _quick, _json,
        };
        verb.SetAction(parsed =>
        {
            IDevice device = DeviceOption.Open(parsed, _device, _precision, _graphs);
            string input = parsed.GetRequiredValue(clip), from = parsed.GetRequiredValue(weights);
            foreach (Option option in (Option[])[_peer.Name, _peer.CommandLine])
                parsed.RefuseUseless(option, from != Procedural, "a peer has the published sizes and made-up weights: leave out --weights");
            Prompts? said = parsed.GetValue(prompts) is { } file
                ? Prompts.Load(file, Path.GetFileName(Path.TrimEndingDirectorySeparator(Path.GetFullPath(input)))) : null;
            bool quick = parsed.GetValue(_quick);
            using IPeer? peer = _peer.Open(parsed, device, quick);
            using var bench = new Bench(device, peer, quick);
            TextWriter output = parsed.InvocationConfiguration.Output, error = parsed.InvocationConfiguration.Error;
            ClipReport report = new ClipBench(bench, device).Measure(input, from, said, peer?.Description, peer?.Threads, next =>
            {
                parsed.Stop().ThrowIfCancellationRequested();
                error.WriteLine(next);
            });
            if (parsed.GetValue(_json))
                output.WriteLine(report.ToJson());
            else
                BenchTables.Write(Output.Lines(output), report);
            return report.Networks.Any(n => n.Call.Disagreement is not null) ? ExitCodes.Failure : ExitCodes.Success;
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
            using var bench = new Bench(CpuDevice.Default, null, quick);
            GrowthCurve[] curves =
            [
                .. Growth.Measure(bench, parsed.GetValue(_only), quick, name =>
                {
                    stop.ThrowIfCancellationRequested();
                    error.WriteLine(name);
                }),
            ];
            if (parsed.GetValue(_json))
                output.WriteLine(LabJson.WriteBench(curves));
            else
                BenchTables.Write(Output.Lines(output), curves);
            if (parsed.GetValue(_plot) is { } folder)
                GrowthPlots.Draw(curves, folder);
            return ExitCodes.Success;
        });
        return verb;
    }

    /// <summary>The kernels that a command line asks for, and how each is measured.</summary>
    private static IReadOnlyList<Measured> KernelsOf(ParseResult parsed)
    {
        string[] texts = parsed.GetValue(_cases) ?? [];
        string? recording = parsed.GetValue(_calls), only = parsed.GetValue(_only);
        int? top = parsed.GetValue(_top);
        if (texts.Length > 0 && (recording ?? only) is not null)
            throw new InputException("cases of your own stand alone: leave out --calls and --only");
        if (top is not null && recording is null)
            throw new InputException("--top is for --calls");
        if (top < 1)
            throw new InputException($"--top {top}: at least one call is needed");
        Precision precision = DeviceOption.PrecisionOf(parsed, _precision);
        if (precision != Precision.Fp32 && recording is not null)
            throw new InputException(
                $"{_precision.Name} {precision.Name()}: a recording is replayed as it was, in float32: leave out {_precision.Name} or {_calls.Name}");
        if (texts.Length > 0)
            return [.. texts.Select(KernelCases.Parse).Select(work => RequireIn(precision, work)).Select(Measured.Of)];
        if (recording is null)
            return [.. Chosen([.. KernelCases.All.Where(work => IsIn(precision, work))], only).Select(Measured.Of)];
        Measured[] calls = [.. CallCase.Read(recording).Select(c => new Measured(c.Name, (bench, roof) => bench.Call(c, roof)))];
        Measured[] chosen = [.. calls.Where(c => only is null || c.Name.Contains(only, StringComparison.OrdinalIgnoreCase)).Take(top ?? 20)];
        return chosen.Length > 0 ? chosen : throw new InputException($"no call has \"{only}\" in its name; the first is \"{calls[0].Name}\"");
    }

    // Products alone are computed otherwise, and the roof is theirs.
    private static bool IsIn(Precision precision, BenchCase work) => precision == Precision.Fp32
        || work.Kind is "matmul" or "linear" or "linear_gelu" && (work.Pass == Pass.Forward || precision.WeightType() == DType.F32);

    private static BenchCase RequireIn(Precision precision, BenchCase work) => IsIn(precision, work)
        ? work
        : throw new InputException(
            $"{_precision.Name} {precision.Name()}: {work.Name} is computed in float32; forward, matmul, linear and linear_gelu are not");

    // Elsewhere operands in float32 are multiplied as they are.
    private static IDevice OpenForProducts(ParseResult parsed)
    {
        IDevice device = DeviceOption.Open(parsed, _device, _precision);
        return device.Precision == Precision.Fp32 || device.Name.StartsWith("cuda", StringComparison.Ordinal)
            ? device
            : throw new InputException($"{_precision.Name} {device.Precision.Name()}: {device.Name} has no tensor cores to measure; ssp bench model takes it");
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

    private static IReadOnlyList<BenchCase> Chosen(IReadOnlyList<BenchCase> all, string? only)
    {
        BenchCase[] chosen = [.. all.Where(w => only is null || w.Name.Contains(only, StringComparison.OrdinalIgnoreCase))];
        return chosen.Length > 0 ? chosen : throw new InputException($"no case has \"{only}\" in its name; the first is \"{all[0].Name}\"");
    }

    private static int Report(
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
        if (parsed.GetValue(_json))
            output.WriteLine(report.ToJson());
        else
            BenchTables.Write(Output.Lines(output), report);
        if (roof is not null && parsed.GetValue(_plot) is { } folder)
            RooflinePlot.Draw(report, roof, folder);
        return results.Any(r => r.Disagreement is not null) ? ExitCodes.Failure : ExitCodes.Success;
    }

    /// <summary>A kernel and how it is measured.</summary>
    private sealed record Measured(string Name, Func<Bench, IRoof, BenchResult> By)
    {
        public static Measured Of(BenchCase work) => new(work.Name, (bench, roof) => bench.Kernel(work, roof));
    }
}
