using System.CommandLine;
using SspNative.Cli.Parsing;
using SspNative.Engine;
using SspNative.Kernels;
using SspNative.Kernels.Cpu;
using SspNative.Lab.Benchmarking;

#if GPU
using SspNative.Kernels.Gpu;
#endif

namespace SspNative.Cli.Measuring;

/// <summary>The options <c>--peer</c> and <c>--peer-command</c>: which other implementation to measure beside the engine.</summary>
internal sealed class PeerOption
{
    private const string Script = "benchmarks/peers/run.sh";

    /// <summary>A model's case may take minutes, and the first answer may wait for a build.</summary>
    private static readonly TimeSpan _timeout = TimeSpan.FromMinutes(10);

    public Option<string> Name { get; } = new("--peer")
    {
        Description = "Another implementation to measure in turns with the engine: on the processor the first three, on CUDA cublas.",
        HelpName = "libtorch|onnxruntime|tensor-primitives|cublas",
    };

    public Option<string> CommandLine { get; } = new("--peer-command")
    {
        Description = $"The command line that starts the peer, instead of {Script}.",
        HelpName = "CMD",
    };

    /// <summary>The peer that a command line asks for, started; null if it asks for none.</summary>
    /// <param name="parsed">The command line.</param>
    /// <param name="device">What is measured.</param>
    /// <param name="quick">One short run of each.</param>
    /// <exception cref="InputException">There is no such peer for the device, or it does not start.</exception>
    public IPeer? Open(ParseResult parsed, IDevice device, bool quick)
    {
        string? name = parsed.GetValue(Name);
        parsed.RefuseUseless(Name, parsed.IsGiven(CommandLine), $"{CommandLine.Name} names the peer");
        if (parsed.GetValue(CommandLine) is { } command)
            return new PeerProcess(command, _timeout);
        if (name is null)
            return null;
        if (name == "cublas")
            return OpenCublas(device, quick);
        if (name is not ("libtorch" or "onnxruntime" or "tensor-primitives"))
            throw new InputException($"there is no peer {name}; there are libtorch, onnxruntime, tensor-primitives and cublas");
        if (device is not CpuDevice)
            throw new InputException($"{name} is measured on the processor, not on {device.Name}; there cublas is a peer");
        if (device.Precision != Precision.Fp32)
            throw new InputException($"{name} computes in fp32, and its numbers are compared: leave out --precision, or --peer");
        return new PeerProcess($"exec '{FindScript().Replace("'", @"'\''", StringComparison.Ordinal)}' {name}", _timeout);
    }

    private static IPeer OpenCublas(IDevice device, bool quick)
    {
#if GPU
        if (device is GpuDevice gpu)
            return new CublasPeer(gpu, quick);
#endif
        throw new InputException($"cublas is measured on CUDA devices, and {device.Name} is none: say --device cuda");
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
