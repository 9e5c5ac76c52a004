using System.CommandLine;
using SspNative.Cli.Options;
using SspNative.Cli.Parsing;
using SspNative.Cli.Terminal;
using SspNative.Kernels;
using SspNative.Lab.Benchmarking;
using SspNative.Model.Preprocessing;

namespace SspNative.Cli.Measuring;

/// <summary><c>ssp bench clip</c>: a whole clip, from its file to the written result.</summary>
internal static class BenchClipCommand
{
    private const string Procedural = "procedural";

    private static readonly Option<bool> _graphs = DeviceOption.CreateGraphs();

    public static Verb Create()
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
            clip, weights, prompts, BenchOptions.Device, BenchOptions.Peer.Name, BenchOptions.Peer.CommandLine, BenchOptions.Precision,
            _graphs, BenchOptions.Quick, BenchOptions.Json,
        };
        verb.SetAction(parsed =>
        {
            IDevice device = DeviceOption.Open(parsed, BenchOptions.Device, BenchOptions.Precision, _graphs);
            string input = parsed.GetRequiredValue(clip), from = parsed.GetRequiredValue(weights);
            foreach (Option option in (Option[])[BenchOptions.Peer.Name, BenchOptions.Peer.CommandLine])
                parsed.RefuseUseless(option, from != Procedural, "a peer has the published sizes and made-up weights: leave out --weights");
            Prompts? said = parsed.GetValue(prompts) is { } file
                ? Prompts.Load(file, Path.GetFileName(Path.TrimEndingDirectorySeparator(Path.GetFullPath(input)))) : null;
            bool quick = parsed.GetValue(BenchOptions.Quick);
            using IPeer? peer = BenchOptions.Peer.Open(parsed, device, quick);
            using var bench = new Bench(device, peer, quick);
            TextWriter output = parsed.InvocationConfiguration.Output, error = parsed.InvocationConfiguration.Error;
            ClipReport report = new ClipBench(bench, device).Measure(input, from, said, peer?.Description, peer?.Threads, next =>
            {
                parsed.Stop().ThrowIfCancellationRequested();
                error.WriteLine(next);
            });
            if (parsed.GetValue(BenchOptions.Json))
                output.WriteLine(report.ToJson());
            else
                BenchTables.Write(Output.Lines(output), report);
            return report.Networks.Any(n => n.Call.Disagreement is not null) ? ExitCodes.Failure : ExitCodes.Success;
        });
        return verb;
    }
}
