using System.CommandLine;
using System.Globalization;
using Spectre.Console;
using SspNative.Cli.Parsing;
using SspNative.Cli.Terminal;
using SspNative.Engine;
using SspNative.Kernels.Cpu;
using SspNative.Model.Weights;

namespace SspNative.Cli.Files;

/// <summary><c>ssp convert</c>: from weights in any published format to one safetensors file.</summary>
internal static class ConvertCommand
{
    private static readonly Argument<string[]> _paths = new("PATH")
    {
        Description = "Weight files, an index of shards, or folders of them.",
        Arity = ArgumentArity.OneOrMore,
    };

    private static readonly Option<string> _out = new("--out") { Description = "The file to write.", HelpName = "FILE", Required = true };

    private static readonly Option<bool> _half = new("--half") { Description = "Store float16 in place of float32." };

    private static readonly OutputFiles _files = new();

    public static Command Create()
    {
        var command = new Verb(
            "convert",
            "Writes weights as one safetensors file: one network as it is, several as one model that serves as --weights.",
            "ssp convert pytorch_model.bin --out model.safetensors",
            "ssp convert published/ --out model.safetensors --half")
        {
            _paths, _out, _files.Overwrite, _half,
        };
        command.SetAction(parsed =>
        {
            string target = parsed.GetRequiredValue(_out);
            string[] paths = parsed.GetRequiredValue(_paths);
            // A file may be named with a prefix before it, PREFIX=FILE.
            foreach (string path in paths.SelectMany(p => (string[])[p, p[(p.IndexOf('=') + 1)..]]).Where(p => p.Length > 0).SelectMany(WithShards))
                _files.Require(parsed, _out, [target], path);
            if (paths.FirstOrDefault(p => Directory.Exists(p) && IsInside(target, p) && File.Exists(target)) is { } folder)
                throw new InputException($"{_out.Name} {target}: lies in {folder}, which is read; give another one");
            (int count, IReadOnlyList<string> notes) = WeightConversion.Convert(paths, target, parsed.GetValue(_half), CpuDevice.Default);
            Output.Notes(parsed.InvocationConfiguration.Error, notes);
            Output.Lines(parsed.InvocationConfiguration.Output).MarkupLineInterpolated(
                CultureInfo.InvariantCulture, $"{target}: {count:#,0} tensors, {new FileInfo(target).Length / 1e6:0.0} MB");
            return ExitCodes.Success;
        });
        return command;
    }

    private static string[] WithShards(string path) => NetworkFile.IsIndex(path) && File.Exists(path)
        ? [path, .. NetworkFile.Shards(path, Path.GetDirectoryName(Path.GetFullPath(path))!)]
        : [path];

    private static bool IsInside(string file, string folder) =>
        !Path.GetRelativePath(Path.GetFullPath(folder), Path.GetFullPath(file)).StartsWith("..", StringComparison.Ordinal);
}
