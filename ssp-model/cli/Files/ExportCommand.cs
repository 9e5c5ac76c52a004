using System.CommandLine;
using System.Globalization;
using Spectre.Console;
using SspNative.Cli.Options;
using SspNative.Cli.Parsing;
using SspNative.Cli.Terminal;
using SspNative.Engine;
using SspNative.Kernels;
using SspNative.Model.Weights;

namespace SspNative.Cli.Files;

/// <summary><c>ssp export</c>: from a checkpoint to a weight file to hand on.</summary>
internal static class ExportCommand
{
    private static readonly Argument<string> _checkpoint = new("CHECKPOINT") { Description = "best.safetensors or last.safetensors of a run." };

    private static readonly Option<string> _out = new("--out") { Description = "The file to write.", HelpName = "FILE", Required = true };

    private static readonly Option<bool> _half = new("--half") { Description = "Store float16 in place of float32." };

    private static readonly Option<string> _note = new("--note")
    {
        Description = "What the model is good for and how it was made; 'ssp segment' shows it.",
        HelpName = "TEXT",
    };

    private static readonly OutputFiles _files = new();

    public static Command Create()
    {
        Option<string> device = DeviceOption.Create();
        var command = new Verb(
            "export",
            "Writes the weights of a checkpoint, without the optimizer's state, to a file that serves as --weights.",
            "ssp export run/best.safetensors --out model.safetensors",
            "ssp export run/best.safetensors --out model.safetensors --half --note \"five classes of instruments\"")
        {
            _checkpoint, _out, _files.Overwrite, _half, _note, device,
        };
        command.SetAction(parsed =>
        {
            string source = parsed.GetRequiredValue(_checkpoint), target = parsed.GetRequiredValue(_out);
            if (!File.Exists(source))
                throw new InputException($"{source}: there is no such checkpoint");
            _files.Require(parsed, _out, [target], source);
            IDevice through = DeviceOption.Open(parsed.GetRequiredValue(device));
            long count = ModelCard.Export(source, target, parsed.GetValue(_half), parsed.GetValue(_note), through);
            Output.Lines(parsed.InvocationConfiguration.Output).MarkupLineInterpolated(
                CultureInfo.InvariantCulture, $"{target}: {count:#,0} parameters, {new FileInfo(target).Length / 1e6:0.0} MB");
            return ExitCodes.Success;
        });
        return command;
    }
}
