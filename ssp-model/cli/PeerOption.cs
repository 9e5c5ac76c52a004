using System.CommandLine;
using SspNative.Engine;
using SspNative.Lab.Benchmarking;

namespace SspNative.Cli;

/// <summary>The options <c>--peer</c> and <c>--peer-command</c>: which other implementation to measure beside the engine.</summary>
internal sealed class PeerOption
{
    private const string Script = "benchmarks/peers/run.sh";

    /// <summary>A model's case may take minutes, and the first answer may wait for a build.</summary>
    private static readonly TimeSpan _timeout = TimeSpan.FromMinutes(10);

    public Option<string> Name { get; } = new("--peer")
    {
        Description = "Another implementation to measure in turns with the engine.",
        HelpName = "libtorch|onnxruntime|tensor-primitives",
    };

    public Option<string> CommandLine { get; } = new("--peer-command")
    {
        Description = $"The command line that starts the peer, instead of {Script}.",
        HelpName = "CMD",
    };

    /// <summary>The peer that a command line asks for, started; null if it asks for none.</summary>
    /// <exception cref="InputException">There is no such peer, or it does not start.</exception>
    public PeerProcess? Open(ParseResult parsed)
    {
        string? name = parsed.GetValue(Name);
        parsed.RefuseUseless(Name, parsed.IsGiven(CommandLine), $"{CommandLine.Name} names the peer");
        if (parsed.GetValue(CommandLine) is { } command)
            return new PeerProcess(command, _timeout);
        if (name is null)
            return null;
        if (name is not ("libtorch" or "onnxruntime" or "tensor-primitives"))
            throw new InputException($"there is no peer {name}; there are libtorch, onnxruntime and tensor-primitives");
        return new PeerProcess($"exec '{FindScript().Replace("'", @"'\''", StringComparison.Ordinal)}' {name}", _timeout);
    }

    // In the repository, which is around the current directory or around the program.
    private static string FindScript()
    {
        foreach (string start in (string[])[Environment.CurrentDirectory, AppContext.BaseDirectory])
            for (DirectoryInfo? folder = new(start); folder is not null; folder = folder.Parent)
                if (Path.Combine(folder.FullName, Script) is var script && File.Exists(script))
                    return script;
        throw new InputException($"{Script} is neither around the current directory nor around the program; --peer-command names another command");
    }
}
