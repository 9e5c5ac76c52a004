using System.CommandLine;
using SspNative.Cli.Evaluating;
using SspNative.Cli.Files;
using SspNative.Cli.Installation;
using SspNative.Cli.Measuring;
using SspNative.Cli.Options;
using SspNative.Cli.Parsing;
using SspNative.Cli.Segmenting;
using SspNative.Cli.Serving;
using SspNative.Cli.Terminal;
using SspNative.Cli.Training;
using SspNative.Engine.Distributed;

namespace SspNative.Cli;

/// <summary>
/// The <c>ssp</c> command: its verbs, and the one place where what goes wrong becomes an exit code.
/// </summary>
internal static class SspCommandLine
{
    private const string DebugOption = "--debug", DebugVariable = "SSP_DEBUG";

    /// <summary>Runs a command line. Writers other than the console's get no colours.</summary>
    /// <param name="args">The arguments.</param>
    /// <param name="output">Standard output.</param>
    /// <param name="error">Standard error.</param>
    /// <param name="stop">Cancelled when the verb is to stop.</param>
    /// <param name="ranks">The processes that run it together; null: this one alone.</param>
    public static int Run(IReadOnlyList<string> args, TextWriter output, TextWriter error, CancellationToken stop = default, ICollective? ranks = null) =>
        Run(CreateRoot(), args, output, error, stop, ranks);

    /// <param name="root">The command with its verbs.</param>
    /// <param name="args">The arguments.</param>
    /// <param name="output">Standard output.</param>
    /// <param name="error">Standard error.</param>
    /// <param name="stop">Cancelled when the verb is to stop.</param>
    /// <param name="ranks">The processes that run it together; null: this one alone.</param>
    internal static int Run(
        RootCommand root, IReadOnlyList<string> args, TextWriter output, TextWriter error, CancellationToken stop, ICollective? ranks = null)
    {
        string verb = "ssp";
        try
        {
            ParseResult parsed = root.Parse(args);
            verb = ParseErrors.Path(parsed.CommandResult.Command);
            bool runsNoVerb = parsed.Action is HelpWithExamples || root.Directives.Any(d => parsed.GetResult(d) is not null);
            if (!runsNoVerb && ParseErrors.Describe(parsed) is { } wrong)
            {
                Failures.Write(error, wrong);
                return ExitCodes.BadInput;
            }
            ThreadsOption.Apply(parsed);
            int code = parsed.Invoke(new Invocation
            {
                Output = output,
                Error = error,
                EnableDefaultExceptionHandler = false,
                Stop = stop,
                Ranks = ranks ?? SingleProcess.Instance,
            });
            return stop.IsCancellationRequested ? ExitCodes.Interrupted : code;
        }
        catch (Exception e)
        {
            return Report(e, verb, args, error, stop);
        }
    }

    /// <summary>The verb that a command line asks for, as <c>ssp train</c>, wherever it stands among options.</summary>
    public static string Verb(IReadOnlyList<string> args) => ParseErrors.Path(CreateRoot().Parse(args).CommandResult.Command);

    /// <summary>Tells of an exception that a command line led to.</summary>
    /// <param name="thrown">The exception.</param>
    /// <param name="verb">The verb that ran.</param>
    /// <param name="args">The arguments.</param>
    /// <param name="error">Standard error.</param>
    /// <param name="stop">Cancelled when the verb was to stop.</param>
    /// <returns>The exit code.</returns>
    public static int Report(Exception thrown, string verb, IReadOnlyList<string> args, TextWriter error, CancellationToken stop)
    {
        bool debug = args.Contains(DebugOption) || Environment.GetEnvironmentVariable(DebugVariable) == "1";
        return Failures.Report(thrown, verb, debug, stop.IsCancellationRequested, error);
    }

    /// <summary>The command with all verbs.</summary>
    internal static RootCommand CreateRoot()
    {
        var root = new RootCommand("Finds the pixels of the objects that make sound in a video.")
        {
            SegmentCommand.Create(),
            ServeCommand.Create(),
            VerifyCommand.Create(),
            DescribeCommand.Create(),
            TrainCommand.Create(),
            EvalCommand.Create(),
            AblateCommand.Create(),
            ExportCommand.Create(),
            WeightsCommand.Create(),
            ConvertCommand.Create(),
            DataCommand.Create(),
            PromptsCommand.Create(),
            ProfileCommand.Create(),
            BenchCommand.Create(),
            DevicesCommand.Create(),
            DoctorCommand.Create(),
            CompletionCommand.Create(),
#if GPU
            KernelsCommand.Create(),
#endif
        };
        root.Add(new Option<bool>(DebugOption)
        {
            Description = $"Show the stack trace of what goes wrong; so does {DebugVariable}=1.",
            Recursive = true,
        });
        ThreadsOption.AddTo(root);
        HelpWithExamples.Install(root);
        Suggestions.Install(root);
        return root;
    }
}
