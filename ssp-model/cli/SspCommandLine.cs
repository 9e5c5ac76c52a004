using System.CommandLine;
using System.CommandLine.Invocation;
using Spectre.Console;
using SspNative.Engine;

namespace SspNative.Cli;

/// <summary>
/// The <c>ssp</c> command: its verbs, and the one place where what goes wrong becomes an exit code. 0: done; 1: done, and
/// the answer is no (a case failed); 2: the input cannot be used, with one line on standard error that says why.
/// </summary>
internal static class SspCommandLine
{
    public const int Success = 0;
    public const int Failure = 1;
    public const int BadInput = 2;

    /// <summary>Runs a command line. Writers other than the console's get no colours.</summary>
    public static int Run(IReadOnlyList<string> args, TextWriter output, TextWriter error)
    {
        ParseResult parsed = CreateRoot().Parse(args);
        if (parsed.Action is ParseErrorAction)
            return Refuse(error, string.Join(" ", parsed.Errors.Select(e => e.Message)));
        try
        {
            return parsed.Invoke(new InvocationConfiguration
            {
                Output = output,
                Error = error,
                EnableDefaultExceptionHandler = false,
            });
        }
        catch (Exception e) when (e is InputException or InvalidDataException or IOException or UnauthorizedAccessException)
        {
            return Refuse(error, e.Message);
        }
    }

    private static RootCommand CreateRoot()
    {
        var root = new RootCommand("Finds the pixels of the objects that make sound in a video.")
        {
            SegmentCommand.Create(),
            VerifyCommand.Create(),
            DescribeCommand.Create(),
            TrainCommand.Create(),
            EvalCommand.Create(),
            AblateCommand.Create(),
            ExportCommand.Create(),
            DataCommand.Create(),
            ProfileCommand.Create(),
            BenchCommand.Create(),
        };
        HelpWithExamples.Install(root);
        return root;
    }

    private static int Refuse(TextWriter error, string message)
    {
        Output.Lines(error).MarkupLineInterpolated($"[red]{message.ReplaceLineEndings(" ")}[/]");
        return BadInput;
    }
}
