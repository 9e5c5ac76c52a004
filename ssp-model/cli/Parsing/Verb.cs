using System.CommandLine;

namespace SspNative.Cli.Parsing;

/// <summary>A verb whose help ends with examples.</summary>
internal sealed class Verb(string name, string description, params string[] examples) : Command(name, description)
{
    public IReadOnlyList<string> Examples { get; } = examples;

    /// <summary>Completes descriptions that take time to put together. Other invocations do without.</summary>
    public Action? BeforeHelp { get; set; }
}
