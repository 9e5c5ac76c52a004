using System.CommandLine;
using SspNative.Engine.Distributed;

namespace SspNative.Cli.Terminal;

/// <summary>What a verb is run with: where it writes, when it is to stop, and who runs it together.</summary>
internal sealed class Invocation : InvocationConfiguration
{
    /// <summary>Cancelled when the verb is to stop.</summary>
    public CancellationToken Stop { get; init; }

    /// <summary>The processes that run it together.</summary>
    public ICollective Ranks { get; init; } = SingleProcess.Instance;
}

/// <summary>What verbs ask of their invocation.</summary>
internal static class InvocationExtensions
{
    /// <summary>Cancelled when the verb is to stop; long work looks between its steps.</summary>
    public static CancellationToken Stop(this ParseResult parsed) => parsed.InvocationConfiguration is Invocation run ? run.Stop : CancellationToken.None;

    /// <summary>The processes that run the verb together, this one alone as a rule.</summary>
    public static ICollective Ranks(this ParseResult parsed) =>
        parsed.InvocationConfiguration is Invocation run ? run.Ranks : SingleProcess.Instance;
}
