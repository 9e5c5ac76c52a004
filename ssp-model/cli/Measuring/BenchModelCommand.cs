using System.CommandLine;
using SspNative.Cli.Options;
using SspNative.Cli.Parsing;
using SspNative.Engine;
using SspNative.Kernels;
using SspNative.Lab.Benchmarking;
using SspNative.Lab.Workloads;

namespace SspNative.Cli.Measuring;

/// <summary><c>ssp bench model</c>: the large parts of the model and a training step, beside a peer.</summary>
internal static class BenchModelCommand
{
    private static readonly Argument<string[]> _models = new("case")
    {
        Description = $"A model at your own sizes, as 'bert batch=1 tokens=50 layers=6 hidden=384 intermediate=1536'. "
            + $"Kinds: {string.Join(", ", ModelCases.Kinds)}.",
        Arity = ArgumentArity.ZeroOrMore,
    };

    public static Verb Create()
    {
        var verb = new Verb(
            "model",
            "Times the large parts of the model and a training step, with the memory they take, beside a peer.",
            "ssp bench model --only AAVS",
            "ssp bench model --only CLIP --precision bf16",
            "ssp bench model 'bert batch=1 tokens=50 layers=6 hidden=384 intermediate=1536' --peer onnxruntime",
            "ssp bench model --peer libtorch")
        {
            _models, BenchOptions.Only, BenchOptions.Device, BenchOptions.Peer.Name, BenchOptions.Peer.CommandLine,
            BenchOptions.Precision, BenchOptions.Quick, BenchOptions.Json,
        };
        verb.SetAction(parsed =>
        {
            IDevice device = DeviceOption.Open(parsed, BenchOptions.Device, BenchOptions.Precision);
            string[] texts = parsed.GetValue(_models) ?? [];
            if (texts.Length > 0 && parsed.GetValue(BenchOptions.Only) is not null)
                throw new InputException("cases of your own stand alone: leave out --only");
            IReadOnlyList<BenchCase> cases =
                texts.Length > 0
                    ? [.. texts.Select(ModelCases.Parse)]
                    : BenchOptions.Chosen(ModelCases.In(device.Precision), parsed.GetValue(BenchOptions.Only));
            bool quick = parsed.GetValue(BenchOptions.Quick);
            using IPeer? peer = BenchOptions.Peer.Open(parsed, device, quick);
            using var bench = new Bench(device, peer, quick);
            return BenchOptions.Report(parsed, device, peer, null, [.. cases.Select(c => (c.Name, (Func<BenchResult>)(() => bench.Model(c))))]);
        });
        return verb;
    }
}
