using System.Reflection;
using Spectre.Console;
using SspNative.Engine;
using SspNative.Kernels;

namespace SspNative.Cli.Terminal;

/// <summary>What a user is told of an exception: one line on standard error and an exit code.</summary>
internal static class Failures
{
    /// <summary>Tells of an exception.</summary>
    /// <param name="thrown">The exception.</param>
    /// <param name="verb">What was run.</param>
    /// <param name="debug">Whether the stack trace follows.</param>
    /// <param name="interrupted">Whether the user had asked for the end: what failed since then did so for that reason.</param>
    /// <param name="error">Where to write.</param>
    /// <returns>The exit code.</returns>
    public static int Report(Exception thrown, string verb, bool debug, bool interrupted, TextWriter error)
    {
        Exception cause = Cause(thrown);
        (int code, string line) = Judge(cause, verb, interrupted);
        if (code == ExitCodes.Interrupted)
            Output.Lines(error).MarkupLineInterpolated($"[yellow]{PlainText.OneLine(line)}[/]");
        else
            Write(error, line);
        if (debug)
            foreach (string traced in thrown.ToString().Split('\n'))
                Output.Lines(error).WriteLine(traced.TrimEnd('\r'));
        return code;
    }

    /// <summary>Whether an exception tells of one clip, or of the room that it asked for, so that the next clip may still succeed.</summary>
    public static bool IsOfClip(Exception thrown) =>
        thrown is InputException or InvalidDataException or IOException or UnauthorizedAccessException or DeviceException or OutOfMemoryException;

    /// <summary>Writes the line of a failure.</summary>
    public static void Write(TextWriter error, string line) => Output.Lines(error).MarkupLineInterpolated($"[red]{PlainText.OneLine(line)}[/]");

    private static (int Code, string Line) Judge(Exception cause, string verb, bool interrupted) => cause switch
    {
        InterruptedException => (ExitCodes.Interrupted, cause.Message),
        OperationCanceledException when interrupted => (ExitCodes.Interrupted, $"{verb}: interrupted"),
        _ when IsIncompleteInstallation(cause) => (ExitCodes.Defect, $"{verb}: a part of this program cannot be loaded, install it again: {cause.Message}"),
        // Helpers such as ffmpeg hear Ctrl-C too, and what they were read for ends early.
        InputException or InvalidDataException or IOException when interrupted => (ExitCodes.Interrupted, $"{verb}: interrupted"),
        InputException or InvalidDataException or IOException or UnauthorizedAccessException => (ExitCodes.BadInput, cause.Message),
        DeviceException => (ExitCodes.BadInput, $"{verb}: {cause.Message}"),
        OutOfMemoryException => (ExitCodes.BadInput, $"{verb}: out of memory: {cause.Message}"),
        _ => (ExitCodes.Defect, $"{verb}: {cause.GetType().Name}: {cause.Message} This is a defect; --debug shows where."),
    };

    private static bool IsIncompleteInstallation(Exception cause) =>
        cause is DllNotFoundException or EntryPointNotFoundException or BadImageFormatException or FileLoadException
        || cause is FileNotFoundException { FileName: { } assembly } && assembly.Contains(", Version=", StringComparison.Ordinal);

    // Threads, static fields and reflection wrap what was thrown in them. Of several, one that is not just the others' end.
    private static Exception Cause(Exception thrown) => thrown switch
    {
        AggregateException all when all.Flatten().InnerExceptions is { Count: > 0 } inner =>
            Cause(inner.FirstOrDefault(e => e is not OperationCanceledException) ?? inner[0]),
        TypeInitializationException or TargetInvocationException when thrown.InnerException is { } inner => Cause(inner),
        _ => thrown,
    };
}

/// <summary>The user asked a verb to stop, and it did so in good order.</summary>
/// <param name="message">What is left, and how to go on.</param>
internal sealed class InterruptedException(string message) : OperationCanceledException(message);
