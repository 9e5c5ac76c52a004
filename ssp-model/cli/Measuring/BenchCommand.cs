using System.CommandLine;
using SspNative.Cli.Parsing;

namespace SspNative.Cli.Measuring;

/// <summary><c>ssp bench</c>: the machine's roof, kernels and models against it and against other implementations, growth.</summary>
internal static class BenchCommand
{
    public static Command Create() => new Verb(
        "bench",
        "Measures the engine: what the machine can do, kernels and models beside other implementations, growth.",
        "ssp bench roof",
        "ssp bench kernels --peer libtorch --plot plots",
        "ssp bench kernels --device cuda --peer cublas")
    {
        BenchRoofCommand.Create(), BenchKernelsCommand.Create(), BenchModelCommand.Create(), BenchClipCommand.Create(), BenchGrowthCommand.Create(),
    };
}
