using System.CommandLine;
using System.Net;
using SspNative.Cli.Options;
using SspNative.Cli.Parsing;
using SspNative.Cli.Segmenting;
using SspNative.Cli.Terminal;
using SspNative.Engine;
using SspNative.Model;
using SspNative.Model.Pipeline;

namespace SspNative.Cli.Serving;

/// <summary><c>ssp serve</c>: post a clip, and get the page of its result. The networks are loaded once.</summary>
internal static class ServeCommand
{
    private static readonly SegmenterWeights _weights = new();

    private static readonly Option<int> _port = Whole("--port", "The port.", 8080, 1, 65535);

    private static readonly Option<string> _listen = new("--listen")
    {
        Description = "The address to listen at. The default can be reached from this machine alone; 0.0.0.0 from any, without a password.",
        HelpName = "ADDRESS",
        DefaultValueFactory = _ => "127.0.0.1",
    };

    private static readonly Option<int> _maxSize = Whole("--max-size", "The largest clip that is taken, in MB.", 200, 1, 100_000);

    private static readonly Option<int> _maxTime = Whole("--max-time", "The longest that a clip may take, in seconds.", 600, 1, 86_400);

    private static readonly Option<int> _maxQueue = Whole("--max-queue", "Clips that may wait.", 8, 1, 1000);

    private static readonly Option<int> _keep = Whole("--keep", "Clips whose results are kept until the server ends.", 50, 1, 10_000);

    public static Command Create()
    {
        Option<string> device = DeviceOption.Create(), precision = DeviceOption.CreatePrecision();
        Option<bool> graphs = DeviceOption.CreateGraphs();
        var command = new Verb(
            "serve", "Serves a page on which clips are posted, and the pages of their results.", "ssp serve", "ssp serve --task avss --port 9000")
        {
            _weights.Weights, _weights.Stage1, _weights.Task, device, precision, graphs, _port, _listen, _maxSize, _maxTime, _maxQueue, _keep,
        };
        command.SetAction(parsed =>
        {
            (IReadOnlyList<string> weights, IReadOnlyList<string> stage1) = _weights.Read(parsed);
            if (!IPAddress.TryParse(parsed.GetRequiredValue(_listen), out IPAddress? address))
                throw new InputException($"--listen {parsed.GetRequiredValue(_listen)}: not an address such as 127.0.0.1");
            if (address.AddressFamily != System.Net.Sockets.AddressFamily.InterNetwork)
                throw new InputException($"--listen {address}: an address of IPv6; give one of IPv4, such as 127.0.0.1, or 0.0.0.0 for all");
            var limits = new ServerLimits(
                (long)parsed.GetRequiredValue(_maxSize) << 20, parsed.GetRequiredValue(_maxQueue), parsed.GetRequiredValue(_maxTime),
                parsed.GetRequiredValue(_keep));
            using SspModel model = SspModel.Load(
                new SspModelOptions
                {
                    Weights = weights,
                    Stage1Weights = stage1,
                    Task = ConfigOption.TaskOf(parsed.GetValue(_weights.Task)),
                    KeepsNetworks = true,
                },
                DeviceOption.Open(parsed, device, precision, graphs));
            using var queue = new ClipQueue(model, new SegmentationSettings(), limits);
            using var server = new ClipServer(address, parsed.GetRequiredValue(_port), queue, limits, parsed.InvocationConfiguration.Error);
            SegmentCommand.WriteNotes(parsed.InvocationConfiguration.Error, SegmentCommand.Notes(model, isPrompted: true), model.IsMeaningless);
            parsed.InvocationConfiguration.Output.WriteLine($"{server.Home}  (Ctrl-C ends)");
            server.Run(parsed.Stop());
            return ExitCodes.Success;
        });
        return command;
    }

    private static Option<int> Whole(string name, string description, int usual, int least, int most)
    {
        var option = new Option<int>(name) { Description = description, HelpName = "N", DefaultValueFactory = _ => usual };
        option.Validators.Add(result =>
        {
            if (result.GetValueOrDefault<int>() is var value && (value < least || value > most))
                result.AddError($"{name} must be from {least} to {most}, not {value}");
        });
        return option;
    }
}
