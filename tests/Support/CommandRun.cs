using System.CommandLine;
using SspNative.Cli;
using SspNative.Cli.Terminal;
using Xunit;

namespace SspNative.Tests.Support;

/// <summary>A command line that was run in this process.</summary>
internal sealed record CommandRun(int Code, string Output, string Error)
{
    /// <summary>The one line on standard error.</summary>
    public string Line => Assert.Single(Error.Split('\n', StringSplitOptions.RemoveEmptyEntries));

    public static CommandRun Of(params string[] args) => Of(CancellationToken.None, args);

    public static CommandRun Of(CancellationToken stop, params string[] args) => Of(SspCommandLine.CreateRoot(), stop, args);

    public static CommandRun Of(RootCommand root, CancellationToken stop, params string[] args)
    {
        using StringWriter output = new(), error = new();
        int code = SspCommandLine.Run(root, args, output, error, stop);
        return new CommandRun(code, output.ToString(), error.ToString());
    }

    /// <summary>Runs a command line that must succeed.</summary>
    /// <returns>What it wrote.</returns>
    public static string Succeed(params string[] args)
    {
        CommandRun run = Of(args);
        Assert.True(run.Code == ExitCodes.Success, run.Error);
        return run.Output;
    }

    /// <summary>Runs a command line that must be refused in one line, which says why.</summary>
    public static void AssertRefused(string reason, params string[] args) => Assert.Contains(reason, Refused(args));

    /// <summary>Runs a command line that must be refused in one line.</summary>
    /// <returns>The line.</returns>
    public static string Refused(params string[] args)
    {
        CommandRun run = Of(args);
        Assert.True(run.Code == ExitCodes.BadInput, $"exit code {run.Code}: {run.Error}");
        Assert.Empty(run.Output);
        return run.Line;
    }
}
