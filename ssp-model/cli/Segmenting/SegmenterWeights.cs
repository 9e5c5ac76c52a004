using System.CommandLine;
using SspNative.Cli.Options;
using SspNative.Engine;

namespace SspNative.Cli.Segmenting;

/// <summary>Which weights segment: <c>--weights</c>, <c>--stage1</c> and <c>--task</c>, without which the models that come with the program do.</summary>
internal sealed class SegmenterWeights
{
    public Option<string[]> Weights { get; } = new("--weights")
    {
        Description = "A folder of published files, or files (may be repeated): safetensors, PyTorch's, shards by their index, each of one part or "
            + "of all; PREFIX=FILE for names that lack a prefix; or procedural[:SEED] for the full network with meaningless weights. Default: the small "
            + "model of the task that comes with the program.",
        HelpName = "FOLDER|FILE",
        DefaultValueFactory = _ => [],
    };

    public Option<string[]> Stage1 { get; } = new("--stage1", "--stage1-weights")
    {
        Description = "For task avss: weights of the binary stage, as --weights. Without both the models that come with the program are used.",
        HelpName = "FILE",
        DefaultValueFactory = _ => [],
    };

    public Option<string> Task { get; } = ConfigOption.CreateTask();

    /// <summary>The weights that were given, or the bundled ones.</summary>
    /// <exception cref="InputException">None were given, and there is no model for the task.</exception>
    public (IReadOnlyList<string> Weights, IReadOnlyList<string> Stage1) Read(ParseResult parsed) =>
        BundledModel.Or(parsed.GetRequiredValue(Weights), parsed.GetRequiredValue(Stage1), parsed.GetValue(Task));
}
