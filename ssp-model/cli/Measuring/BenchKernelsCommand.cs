using System.CommandLine;
using SspNative.Cli.Options;
using SspNative.Cli.Parsing;
using SspNative.Cli.Plots;
using SspNative.Engine;
using SspNative.Kernels;
using SspNative.Lab.Benchmarking;
using SspNative.Lab.Workloads;

namespace SspNative.Cli.Measuring;

/// <summary><c>ssp bench kernels</c>: kernels against the roof and a peer.</summary>
internal static class BenchKernelsCommand
{
    private const string OwnSizes = "A kernel at your own sizes, as 'linear m=197 n=3072 k=768'.";

    private static readonly Argument<string[]> _cases = new("case") { Description = OwnSizes, Arity = ArgumentArity.ZeroOrMore };

    private static readonly Option<string> _calls = new("--calls")
    {
        Description = "A recording of ssp profile --calls: its kernels are launched again, those first that took longest together.",
        HelpName = "FILE.json",
    };

    private static readonly Option<int?> _top = new("--top") { Description = "With --calls: how many different calls. Default: 20.", HelpName = "N" };

    public static Verb Create()
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
            _cases, _calls, _top, BenchOptions.Only, BenchOptions.Device, BenchOptions.Precision, BenchOptions.Peer.Name,
            BenchOptions.Peer.CommandLine, BenchOptions.Quick, BenchOptions.Json, BenchOptions.Plot, BenchOptions.Files.Overwrite,
        };
        verb.BeforeHelp = () => _cases.Description = $"{OwnSizes} Kinds: {string.Join(", ", KernelCases.Kinds)}.";
        verb.SetAction(parsed =>
        {
            IReadOnlyList<Measured> cases = KernelsOf(parsed);
            BenchOptions.RequirePlots(parsed, RooflinePlot.Files);
            IDevice device = BenchOptions.OpenForProducts(parsed);
            bool quick = parsed.GetValue(BenchOptions.Quick);
            using IPeer? peer = BenchOptions.Peer.Open(parsed, device, quick);
            IRoof roof = DeviceOption.RoofOf(device, quick);
            using var bench = new Bench(device, peer, quick);
            return BenchOptions.Report(parsed, device, peer, roof, [.. cases.Select(c => (c.Name, (Func<BenchResult>)(() => c.By(bench, roof))))]);
        });
        return verb;
    }

    /// <summary>The kernels that a command line asks for, and how each is measured.</summary>
    private static IReadOnlyList<Measured> KernelsOf(ParseResult parsed)
    {
        string[] texts = parsed.GetValue(_cases) ?? [];
        string? recording = parsed.GetValue(_calls), only = parsed.GetValue(BenchOptions.Only);
        int? top = parsed.GetValue(_top);
        if (texts.Length > 0 && (recording ?? only) is not null)
            throw new InputException("cases of your own stand alone: leave out --calls and --only");
        if (top is not null && recording is null)
            throw new InputException("--top is for --calls");
        if (top < 1)
            throw new InputException($"--top {top}: at least one call is needed");
        Precision precision = DeviceOption.PrecisionOf(parsed, BenchOptions.Precision);
        if (precision != Precision.Fp32 && recording is not null)
            throw new InputException(
                $"{BenchOptions.Precision.Name} {precision.Name()}: a recording is replayed as it was, in float32: "
                + $"leave out {BenchOptions.Precision.Name} or {_calls.Name}");
        if (texts.Length > 0)
            return [.. texts.Select(KernelCases.Parse).Select(work => RequireIn(precision, work)).Select(Measured.Of)];
        if (recording is null)
            return [.. BenchOptions.Chosen([.. KernelCases.All.Where(work => IsIn(precision, work))], only).Select(Measured.Of)];
        Measured[] calls = [.. CallCase.Read(recording).Select(c => new Measured(c.Name, (bench, roof) => bench.Call(c, roof)))];
        Measured[] chosen = [.. calls.Where(c => only is null || c.Name.Contains(only, StringComparison.OrdinalIgnoreCase)).Take(top ?? 20)];
        return chosen.Length > 0 ? chosen : throw new InputException($"no call has \"{only}\" in its name; the first is \"{calls[0].Name}\"");
    }

    // Products alone are computed otherwise, and the roof is theirs.
    private static bool IsIn(Precision precision, BenchCase work) => precision == Precision.Fp32
        || KernelCases.IsProduct(work) && (work.Pass == Pass.Forward || precision.WeightType() == DType.F32);

    private static BenchCase RequireIn(Precision precision, BenchCase work) => IsIn(precision, work)
        ? work
        : throw new InputException(
            $"{BenchOptions.Precision.Name} {precision.Name()}: {work.Name} is computed in float32; forward, matmul, linear and linear_gelu are not");

    /// <summary>A kernel and how it is measured.</summary>
    private sealed record Measured(string Name, Func<Bench, IRoof, BenchResult> By)
    {
        public static Measured Of(BenchCase work) => new(work.Name, (bench, roof) => bench.Kernel(work, roof));
    }
}
